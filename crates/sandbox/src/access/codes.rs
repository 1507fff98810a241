//! Authorization codes: for one use, soon, by whom they were made for. Kept in memory alone.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Consent;

const CODE_LIFE_S: i64 = 600;
/// Old ones are remembered for an hour, to say that they were used or came too late.
const CODE_MEMORY_S: i64 = 3_600;

#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) consent: Consent,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) challenge: Challenge,
    pub(crate) offline: bool,
    pub(crate) at: i64,
}

/// What the app committed to when it asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// Nothing: the app's secret has to be shown.
    None,
    Plain(String),
    Sha256(String),
}

impl Challenge {
    fn is_met(&self, verifier: Option<&str>) -> bool {
        match (self, verifier) {
            (Self::None, _) => true,
            (Self::Plain(challenge), Some(verifier)) => challenge == verifier,
            (Self::Sha256(challenge), Some(verifier)) => {
                *challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
            }
            (_, None) => false,
        }
    }
}

/// Why a code buys nothing; the text is what the token endpoint answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum CodeProblem {
    #[error("code doesn't exist or has expired")]
    Unknown,
    #[error("code has already been used")]
    Used,
    #[error("code has expired (within the last hour)")]
    Expired,
    #[error("code was issued for another client_id")]
    OtherApp,
    #[error("redirect_uri mismatch")]
    OtherRedirect,
    #[error("invalid code verifier")]
    Verifier,
}

#[derive(Default)]
pub(crate) struct Codes(HashMap<String, (Code, bool)>);

impl Codes {
    pub(crate) fn keep(&mut self, text: String, code: Code) {
        let oldest = code.at - CODE_MEMORY_S;
        self.0.retain(|_, (code, _)| code.at >= oldest);
        self.0.insert(text, (code, false));
    }

    /// A code is used up by the first attempt that names its app, whether it succeeds or not.
    pub(crate) fn redeem(
        &mut self,
        text: &str,
        app: &str,
        redirect_uri: Option<&str>,
        verifier: Option<&str>,
        now_s: i64,
    ) -> Result<Code, CodeProblem> {
        let (code, used) = self.0.get_mut(text).ok_or(CodeProblem::Unknown)?;
        if code.consent.app != app {
            return Err(CodeProblem::OtherApp);
        }
        if std::mem::replace(used, true) {
            return Err(CodeProblem::Used);
        }
        if now_s - code.at > CODE_LIFE_S {
            return Err(CodeProblem::Expired);
        }
        if code.redirect_uri.as_deref() != redirect_uri {
            return Err(CodeProblem::OtherRedirect);
        }
        if !code.challenge.is_met(verifier) {
            return Err(CodeProblem::Verifier);
        }
        Ok(code.clone())
    }
}
