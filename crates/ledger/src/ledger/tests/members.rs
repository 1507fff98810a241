//! Members and invitations: what time ends, what is refused, and who is told.

use secrecy::ExposeSecret;

use super::Bench;
use crate::{
    ChangeKind, MEMBERS_MAX, MemberError, MemberState, NewInvitation, OnceKey, RegisterError, Role,
};

const HOUR_MS: i64 = 3_600_000;

fn invitee(role: Role) -> NewInvitation {
    NewInvitation {
        name: "Grace".to_owned(),
        email: "grace@example.org".to_owned(),
        message: String::new(),
        role,
    }
}

#[tokio::test]
async fn an_invitation_ends_after_a_week() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let (invitation, token) =
        ledger.invite(bench.tenancy, invitee(Role::Member), None).await.unwrap();
    let token = token.unwrap();
    let token = token.expose_secret();
    bench.pass(7 * 24 * HOUR_MS - 1);
    assert_eq!(ledger.invitation_of_token(token).await.unwrap().unwrap(), invitation);
    bench.pass(1);
    assert_eq!(ledger.invitation_of_token(token).await.unwrap(), None);
    assert_eq!(ledger.accept_invitation(token).await.unwrap(), None);
    assert_eq!(ledger.invitations(bench.tenancy).await.unwrap(), []);
    assert_eq!(ledger.invitation(bench.tenancy, invitation.id).await.unwrap(), None);
    assert!(!ledger.delete_invitation(bench.tenancy, invitation.id).await.unwrap());
}

#[tokio::test]
async fn an_invitation_makes_one_member_and_a_repeated_request_one_invitation() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let key = Some(OnceKey { key: [1; 32], request: [2; 32] });
    let invite = || ledger.invite(bench.tenancy, invitee(Role::Administrator), key);
    let ((first, token), (again, none)) = (invite().await.unwrap(), invite().await.unwrap());
    assert_eq!(first, again);
    assert!(none.is_none(), "the token was shown before");
    let token = token.unwrap();
    let both = tokio::join!(
        ledger.accept_invitation(token.expose_secret()),
        ledger.accept_invitation(token.expose_secret()),
    );
    let made = [both.0.unwrap(), both.1.unwrap()].into_iter().flatten().collect::<Vec<_>>();
    let [grace] = made.as_slice() else { panic!("{made:?}") };
    assert_eq!((grace.role, grace.email.as_str()), (Role::Administrator, "grace@example.org"));
    let bench = bench.reopen().await;
    let members = bench.ledger.members(bench.tenancy, MemberState::Active).await.unwrap();
    assert_eq!(members.len(), 2);
    let accepted = bench.ledger.invite(bench.tenancy, invitee(Role::Administrator), key).await;
    assert!(matches!(accepted, Err(RegisterError::KeyReused)), "its invitation is used up");
}

#[tokio::test]
async fn no_session_outlives_the_removal_of_its_member() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let grace = ledger.create_user(bench.tenancy, "Grace".to_owned(), Role::Member).await;
    let grace = grace.unwrap().unwrap();
    let begun = "2023-11-14T22:13:20Z".parse().unwrap();
    assert!(ledger.signed_in_user(grace.id, begun).await.unwrap().is_some());
    let mut changes = ledger.changes();
    let removed = ledger.deactivate_member(bench.tenancy, grace.id).await.unwrap();
    assert!(!removed.is_active);
    assert_eq!(changes.recv().await.unwrap().kind, ChangeKind::Tenancy, "whoever watches is told");
    assert_eq!(ledger.signed_in_user(grace.id, begun).await.unwrap(), None);
    assert_eq!(ledger.user(grace.id).await.unwrap(), None);
    bench.pass(1);
    ledger.activate_member(bench.tenancy, grace.id).await.unwrap();
    assert_eq!(ledger.signed_in_user(grace.id, begun).await.unwrap(), None);
    let later = "2023-11-14T22:13:21Z".parse().unwrap();
    assert_eq!(ledger.signed_in_user(grace.id, later).await.unwrap(), Some(grace));
}

#[tokio::test]
async fn the_last_administrator_stays_whatever_is_asked_at_once() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let first = ledger.first_administrator().await.unwrap();
    let second = ledger.create_user(bench.tenancy, "Grace".to_owned(), Role::Administrator).await;
    let second = second.unwrap().unwrap();
    let (one, other) = tokio::join!(
        ledger.deactivate_member(bench.tenancy, first.id),
        ledger.set_member_role(bench.tenancy, second.id, Role::Member),
    );
    let refused = [one.err(), other.err()].into_iter().flatten().collect::<Vec<_>>();
    assert!(matches!(refused.as_slice(), [MemberError::LastAdministrator]), "{refused:?}");
    let stranger = ledger.create_tenancy("Others".to_owned()).await.unwrap();
    for id in [first.id, second.id] {
        let outside = ledger.deactivate_member(stranger.tenancy, id).await;
        assert!(matches!(outside, Err(MemberError::Unknown)), "another tenancy's member");
    }
    let left = ledger.first_administrator().await.unwrap();
    assert_eq!(left.tenancy, bench.tenancy, "of the first tenancy, whoever came later");
}

#[tokio::test]
async fn a_tenancy_has_so_many_members_and_no_more() {
    let bench = Bench::new().await;
    let ledger = &bench.ledger;
    let rest = (1..MEMBERS_MAX).map(|_| ledger.invite(bench.tenancy, invitee(Role::Member), None));
    for invited in futures_util::future::join_all(rest).await {
        invited.unwrap();
    }
    let full = ledger.invite(bench.tenancy, invitee(Role::Member), None).await;
    assert!(matches!(full, Err(RegisterError::Full(_))), "{full:?}");
    let (_, invitation) = ledger.invitations(bench.tenancy).await.unwrap().remove(0);
    assert!(ledger.delete_invitation(bench.tenancy, invitation.id).await.unwrap());
    ledger.invite(bench.tenancy, invitee(Role::Member), None).await.unwrap();
}
