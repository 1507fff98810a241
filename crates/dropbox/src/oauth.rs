//! Consent and tokens: the authorization code flow with PKCE, and refreshing.
//!
//! The types of the `oauth2` crate stay in this file. It makes state, verifier and requests, and
//! reads tokens; connections, limits and the meaning of failures are ours.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, StandardRevocableToken, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use crate::client::address;
use crate::failure::{self, GrantKind};
use crate::transport;
use crate::{AccessToken, AccountId, Client, Error, ErrorKind};

/// What Proofbox asks for, and no more: who the account is, and what files are called and hash to.
pub const SCOPES: [&str; 2] = ["account_info.read", "files.metadata.read"];

/// What SHA-256 takes beside them, where an owner wants it: reading files.
pub const CONTENT_SCOPE: &str = "files.content.read";

const ROUTE: &str = "oauth2/token";
/// What Dropbox's tokens live, for an answer that doesn't say.
const LIFETIME_DEFAULT: Duration = Duration::from_hours(4);
const LIFETIME_MAX: Duration = Duration::from_hours(24 * 365);

/// What to ask of a person.
#[derive(Clone, Debug)]
pub struct AuthorizeRequest {
    /// Where Dropbox sends them back to, exactly as registered with the app.
    pub redirect_uri: Url,
    /// Whether they sign in again even where they are signed in.
    pub reauthentication: Reauthentication,
    /// What they are asked to allow.
    pub access: Access,
}

/// What a person is asked to allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// [`SCOPES`].
    Metadata,
    /// These and [`CONTENT_SCOPE`], beside whatever was allowed before.
    Content,
}

/// Whether Dropbox asks for a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reauthentication {
    /// Only where nobody is signed in.
    IfNeeded,
    /// Always, so that another account can be chosen.
    Always,
}

/// Where to send a person, and what to keep until they come back.
#[derive(Clone)]
pub struct Authorization {
    /// The page at Dropbox.
    pub url: Url,
    /// Must come back unchanged, to the same browser.
    pub state: String,
    /// Proves that whoever exchanges the code also asked for it.
    pub verifier: SecretString,
}

/// A consent that was given.
#[derive(Clone, Debug)]
pub struct Grant {
    /// For the first calls.
    pub access_token: SecretString,
    /// When that is no longer accepted.
    pub expires_at: Timestamp,
    /// For all later access tokens. It doesn't expire and isn't replaced; it can be revoked.
    pub refresh_token: SecretString,
    /// Whose files they are.
    pub account_id: AccountId,
    /// What was allowed: at least [`SCOPES`]. Who asked for more finds here whether it was given.
    pub scope: Vec<String>,
}

impl Client {
    /// Prepares a consent.
    pub fn authorize_url(&self, request: &AuthorizeRequest) -> Authorization {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let protocol = protocol(self);
        let mut authorize = protocol
            .authorize_url(CsrfToken::new_random)
            .set_redirect_uri(redirect(&request.redirect_uri))
            .set_pkce_challenge(challenge)
            .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
            .add_extra_param("token_access_type", "offline");
        if request.access == Access::Content {
            authorize = authorize
                .add_scope(Scope::new(CONTENT_SCOPE.to_owned()))
                .add_extra_param("include_granted_scopes", "user");
        }
        if request.reauthentication == Reauthentication::Always {
            authorize = authorize.add_extra_param("force_reauthentication", "true");
        }
        let (url, state) = authorize.url();
        let verifier = verifier.into_secret().into();
        Authorization { url, state: state.into_secret(), verifier }
    }

    /// Turns the code that a person came back with into tokens.
    ///
    /// The redirect address is the one of the [`AuthorizeRequest`]. A consent to fewer permissions
    /// than [`SCOPES`] is refused by the name of the first that lacks.
    pub async fn exchange_code(
        &self,
        code: &str,
        verifier: &SecretString,
        redirect_uri: &Url,
    ) -> Result<Grant, Error> {
        let verifier = PkceCodeVerifier::new(verifier.expose_secret().to_owned());
        let protocol = protocol(self);
        let tokens = protocol
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(verifier)
            .set_redirect_uri(redirect(redirect_uri))
            .request_async(&self.carrier(GrantKind::AuthorizationCode))
            .await
            .map_err(token_error)?;
        grant(tokens)
    }

    /// A new access token. The refresh token stays as it is.
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<AccessToken, Error> {
        let refresh_token = RefreshToken::new(refresh_token.expose_secret().to_owned());
        let protocol = protocol(self);
        let tokens = protocol
            .exchange_refresh_token(&refresh_token)
            .request_async(&self.carrier(GrantKind::RefreshToken))
            .await
            .map_err(token_error)?;
        let expires_at = tokens.expires_at();
        Ok(AccessToken { secret: tokens.access_token.into_secret().into(), expires_at })
    }

    /// What carries a token request. It owns its client: a borrowed one would make futures that
    /// can't move between threads.
    fn carrier(
        &self,
        grant: GrantKind,
    ) -> impl Fn(HttpRequest) -> TokenAnswer + Send + Sync + 'static {
        let client = self.clone();
        move |request| Box::pin(client.clone().carry(request, grant))
    }

    /// Answers that report a failure become errors here, so that the protocol only reads tokens.
    async fn carry(self, request: HttpRequest, grant: GrantKind) -> Result<HttpResponse, Error> {
        let (parts, body) = request.into_parts();
        let url = address(&self.hosts().api, ROUTE);
        let request = self.http().request(parts.method, url).headers(parts.headers).body(body);
        let reply = transport::send(ROUTE, request).await?;
        if reply.status != http::StatusCode::OK {
            return Err(failure::of_token(&reply, grant));
        }
        // Read once here already, so that an error names the request and quotes no token.
        reply.json::<Tokens>()?;
        Ok(HttpResponse::new(reply.body))
    }
}

type TokenAnswer = Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send>>;

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization").finish_non_exhaustive()
    }
}

/// The answer of the token endpoint, read leniently.
#[derive(Debug, Serialize, Deserialize)]
struct Tokens {
    access_token: oauth2::AccessToken,
    #[serde(default, deserialize_with = "lenient_seconds")]
    expires_in: Option<u64>,
    refresh_token: Option<RefreshToken>,
    account_id: Option<AccountId>,
    #[serde(default, deserialize_with = "words")]
    scope: Option<Vec<Scope>>,
}

impl Tokens {
    fn expires_at(&self) -> Timestamp {
        let lifetime = self.expires_in().unwrap_or(LIFETIME_DEFAULT).min(LIFETIME_MAX);
        Timestamp::now().saturating_add(lifetime).unwrap_or(Timestamp::MAX)
    }
}

impl TokenResponse for Tokens {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &oauth2::AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &BasicTokenType::Bearer
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        self.scope.as_ref()
    }
}

type Protocol = oauth2::Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

fn protocol(client: &Client) -> Protocol {
    let (app, hosts) = (client.app(), client.hosts());
    let protocol = oauth2::Client::new(ClientId::new(app.key.clone()))
        // In the body, as Dropbox's own clients do; not every proxy leaves Basic alone.
        .set_auth_type(AuthType::RequestBody)
        .set_auth_uri(AuthUrl::from_url(address(&hosts.web, "oauth2/authorize")))
        .set_token_uri(TokenUrl::from_url(address(&hosts.api, ROUTE)));
    match &app.secret {
        Some(secret) => {
            protocol.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
        }
        None => protocol,
    }
}

fn redirect(address: &Url) -> Cow<'static, RedirectUrl> {
    Cow::Owned(RedirectUrl::from_url(address.clone()))
}

fn grant(tokens: Tokens) -> Result<Grant, Error> {
    let expires_at = tokens.expires_at();
    let scope = granted(tokens.scope)?;
    let refresh_token = tokens.refresh_token.ok_or_else(|| lacks("refresh token"))?;
    Ok(Grant {
        access_token: tokens.access_token.into_secret().into(),
        expires_at,
        refresh_token: refresh_token.into_secret().into(),
        account_id: tokens.account_id.ok_or_else(|| lacks("account; is it a team's?"))?,
        scope,
    })
}

/// Holds what was allowed against what was asked for. An answer that doesn't say allowed it all.
fn granted(scope: Option<Vec<Scope>>) -> Result<Vec<String>, Error> {
    let Some(scope) = scope else { return Ok(SCOPES.map(str::to_owned).to_vec()) };
    let scope: Vec<String> = scope.iter().map(|scope| scope.to_string()).collect();
    if let Some(missing) = SCOPES.iter().find(|asked| !scope.iter().any(|had| had == *asked)) {
        return Err(error(ErrorKind::MissingScope((*missing).to_owned())));
    }
    let known = |had: &str| SCOPES.contains(&had) || had == CONTENT_SCOPE;
    let surplus: Vec<_> = scope.iter().filter(|had| !known(had)).collect();
    if !surplus.is_empty() {
        tracing::warn!(
            ?surplus,
            "Dropbox granted more than was asked for; none of it will be used"
        );
    }
    Ok(scope)
}

fn token_error(problem: RequestTokenError<Error, BasicErrorResponse>) -> Error {
    match problem {
        RequestTokenError::Request(error) => error,
        // Not their texts: they may quote the answer, which holds tokens.
        _ => error(ErrorKind::Unexpected("unreadable tokens".to_owned())),
    }
}

fn lacks(what: &str) -> Error {
    error(ErrorKind::Unexpected(format!("the grant names no {what}")))
}

fn error(kind: ErrorKind) -> Error {
    Error { kind, route: ROUTE, request_id: None }
}

/// A number, or text that holds one; anything else is as good as nothing.
fn lenient_seconds<'de, D: Deserializer<'de>>(seconds: D) -> Result<Option<u64>, D::Error> {
    let seconds = serde_json::Value::deserialize(seconds)?;
    Ok(seconds.as_u64().or_else(|| seconds.as_str()?.trim().parse().ok()))
}

fn words<'de, D: Deserializer<'de>>(text: D) -> Result<Option<Vec<Scope>>, D::Error> {
    let text = Option::<String>::deserialize(text)?;
    Ok(text.map(|text| text.split_whitespace().map(|word| Scope::new(word.to_owned())).collect()))
}
