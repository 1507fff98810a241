//! The table of all routes: method, path, who may use it, what it is for, and the handler.
//!
//! The table is the only way into the router, and it puts the gate before the handler, so that a
//! route without a declared access cannot exist. The document of the API is read off the same table
//! (`openapi`), and a test walks it.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    handler::Handler,
    middleware::{self, Next},
    routing::{MethodFilter, MethodRouter, on},
};
use http::{Extensions, HeaderMap, Method, StatusCode, Version};
use serde_json::Value;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate},
    limit::RequestBodyLimitLayer,
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
};

use crate::{
    State, api, archivist,
    caller::{self, Access, Visit},
    error, guard, log, lookup, metrics,
    openapi::{Described, Description, Gives, document},
    pages, repeated, session, site,
};

/// One line of the table.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    /// The path as the document has it: with a verb behind an identity, where there is one.
    pub(crate) at: &'static str,
    /// The part of the document that it is in.
    pub(crate) section: &'static str,
    /// What it is for, in a few words that are its own.
    pub(crate) summary: &'static str,
    pub(crate) describe: fn(&mut Description<'_>),
    /// Whether answers are kept for those who repeat it.
    pub(crate) is_kept: bool,
}

/// The table while it is filled.
pub(crate) struct Routes {
    state: State,
    router: Router<State>,
    section: &'static str,
    pub(crate) table: Vec<Route>,
    /// Lines of the document for the verbs that share a route with a thing itself.
    verbs: Vec<Route>,
}

impl Routes {
    fn new(state: State) -> Self {
        Self { state, router: Router::new(), section: "", table: Vec::new(), verbs: Vec::new() }
    }

    /// Begins a part of the document.
    pub(crate) fn section(self, section: &'static str) -> Self {
        Self { section, ..self }
    }

    /// Another address of the route before: a verb behind its identity, with an answer of its own.
    pub(crate) fn verb<A: Gives>(mut self, at: &'static str, summary: &'static str) -> Self {
        let last = self.table.last().expect("invariant: a verb follows the route that it shares");
        self.verbs.push(Route { at, summary, describe: A::gives, ..last.clone() });
        self
    }

    /// The route before answers at this address alone: with a verb behind its identity.
    pub(crate) fn only(mut self, at: &'static str) -> Self {
        let last = self.table.last_mut();
        last.expect("invariant: a verb follows the route that it belongs to").at = at;
        self
    }

    /// The document of all of them.
    pub(crate) fn document(&self) -> Value {
        document(self.table.iter().chain(&self.verbs))
    }

    pub(crate) fn get<H, T>(
        self,
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, State> + Described<T>,
        T: 'static,
    {
        self.enter(Method::GET, path, access, summary, handler)
    }

    pub(crate) fn post<H, T>(
        self,
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, State> + Described<T>,
        T: 'static,
    {
        self.enter(Method::POST, path, access, summary, handler)
    }

    pub(crate) fn put<H, T>(
        self,
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, State> + Described<T>,
        T: 'static,
    {
        self.enter(Method::PUT, path, access, summary, handler)
    }

    pub(crate) fn patch<H, T>(
        self,
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, State> + Described<T>,
        T: 'static,
    {
        self.enter(Method::PATCH, path, access, summary, handler)
    }

    pub(crate) fn delete<H, T>(
        self,
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, State> + Described<T>,
        T: 'static,
    {
        self.enter(Method::DELETE, path, access, summary, handler)
    }

    /// A POST whose body may be larger than others.
    pub(crate) fn upload<H, T>(
        self,
        path: &'static str,
        access: Access,
        summary: &'static str,
        bytes_max: usize,
        handler: H,
    ) -> Self
    where
        H: Handler<T, State> + Described<T>,
        T: 'static,
    {
        let gated = gate(on(MethodFilter::POST, handler), access, self.state.clone());
        let limited = gated.layer(RequestBodyLimitLayer::new(bytes_max));
        self.place::<H, T>(Method::POST, path, access, summary, limited)
    }

    /// A GET whose answer is for everybody, scripts on the pages of other sites included.
    pub(crate) fn share<H, T>(self, path: &'static str, summary: &'static str, handler: H) -> Self
    where
        H: Handler<T, State> + Described<T>,
        T: 'static,
    {
        let access = Access::Anonymous;
        let gated = gate(on(MethodFilter::GET, handler), access, self.state.clone());
        let shared = limit(gated).layer(guard::sharing::layer());
        self.place::<H, T>(Method::GET, path, access, summary, shared)
    }

    fn enter<H, T>(
        self,
        method: Method,
        path: &'static str,
        access: Access,
        summary: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, State> + Described<T>,
        T: 'static,
    {
        let filter = method.clone().try_into().expect("invariant: the table uses standard methods");
        let mut route = on(filter, handler);
        if is_kept::<H, T>(&method, access) {
            let state = self.state.clone();
            route = route.route_layer(middleware::from_fn_with_state(state, repeated::answer));
        }
        let gated = gate(route, access, self.state.clone());
        self.place::<H, T>(method, path, access, summary, limit(gated))
    }

    fn place<H: Described<T>, T>(
        mut self,
        method: Method,
        path: &'static str,
        access: Access,
        summary: &'static str,
        gated: MethodRouter<State>,
    ) -> Self {
        self.router = self.router.route(path, gated);
        let (at, section, describe) = (path, self.section, H::describe);
        let is_kept = is_kept::<H, T>(&method, access);
        self.table.push(Route { method, path, access, at, section, summary, describe, is_kept });
        self
    }
}

/// Whether the answers of a route are kept under keys of its callers: those of every write of a tenancy
/// that does not remember what it did by itself.
fn is_kept<H: Described<T>, T>(method: &Method, access: Access) -> bool {
    method != Method::GET && access != Access::Anonymous && !H::WITH_KEY
}

fn gate(route: MethodRouter<State>, access: Access, state: State) -> MethodRouter<State> {
    route.route_layer(middleware::from_fn(move |Visit(session), request: Request, next: Next| {
        caller::admit(access, state.clone(), session, request, next)
    }))
}

/// Whatever a route reads, and whether it reads anything: more than this nobody may send it.
fn limit(route: MethodRouter<State>) -> MethodRouter<State> {
    route.layer(RequestBodyLimitLayer::new(guard::BODY_BYTES_MAX))
}

pub(crate) fn all(state: State) -> Routes {
    let routes = Routes::new(state);
    let routes = archivist::routes(api::routes(routes));
    let routes = pages::routes(site::routes(routes));
    metrics::routes(lookup::routes(log::routes(routes)))
}

/// The whole HTTP side of an instance.
pub fn router(state: State) -> Router {
    let session = session::layer(&state);
    let compressible = DefaultPredicate::new().and(
        |_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions| {
            extensions.get::<lookup::Incompressible>().is_none()
        },
    );
    let timeout =
        TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, guard::ANSWER_TIMEOUT);
    // Read from the bottom: the last layer sees a request first.
    all(state.clone())
        .router
        .fallback(|| async { error::Error::NotFound })
        .layer(session)
        .layer(DefaultBodyLimit::disable()) // each route has its own
        .layer(RequestBodyTimeoutLayer::new(guard::BODY_TIMEOUT))
        .layer(middleware::from_fn_with_state(state.clone(), guard::origin::check))
        .layer(middleware::from_fn(guard::address::check))
        .layer(timeout)
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(error::shape))
        .layer(CompressionLayer::new().compress_when(compressible))
        .layer(middleware::map_response(guard::encoding::weaken))
        .layer(middleware::from_fn_with_state(state.clone(), guard::headers::secure))
        .layer(middleware::from_fn(guard::trace::note))
        .with_state(state)
}
