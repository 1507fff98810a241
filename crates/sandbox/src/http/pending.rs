//! Answers that come when something happens. Thousands of clients wait for one at a time, so what
//! is kept of their calls meanwhile is as small as it can be: the routes, and everything around
//! them, are done with such a call at once, and put what is left to do into the place of an answer.
//! [`super::answer`] waits for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::response::Response;

use crate::world::locked;

type Waiting = Pin<Box<dyn Future<Output = Response> + Send>>;

/// What stands in for the answer. Extensions have to be clones; only one of them gets it.
#[derive(Clone)]
struct Pending(Arc<Mutex<Option<Waiting>>>);

/// In the place of an answer that takes its time.
pub(super) fn pending(answer: impl Future<Output = Response> + Send + 'static) -> Response {
    let mut response = Response::new(Body::empty());
    let answer: Waiting = Box::pin(answer);
    response.extensions_mut().insert(Pending(Arc::new(Mutex::new(Some(answer)))));
    response
}

/// Does something with an answer, once it is there.
pub(super) fn then(
    mut response: Response,
    work: impl FnOnce(Response) -> Response + Send + 'static,
) -> Response {
    match take(&mut response) {
        Some(waiting) => pending(async move { work(waiting.await) }),
        None => work(response),
    }
}

/// The answer itself, however long it takes.
pub(super) async fn settled(mut response: Response) -> Response {
    match take(&mut response) {
        Some(waiting) => {
            drop(response);
            waiting.await
        }
        None => response,
    }
}

fn take(response: &mut Response) -> Option<Waiting> {
    let Pending(waiting) = response.extensions_mut().remove()?;
    locked(&waiting).take()
}
