//! The table of all routes: method, path, who may use it, and the handler.
//!
//! The table is the only way into the router, and it puts the gate before the handler, so that a
//! route without a declared access cannot exist. A test walks the same table.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    handler::Handler,
    middleware::{self, Next},
    routing::{MethodFilter, MethodRouter, on},
};
use http::{Extensions, HeaderMap, Method, StatusCode, Version};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, DefaultPredicate, Predicate},
    timeout::{RequestBodyTimeoutLayer, TimeoutLayer},
};

use crate::{
    State, api, archivist,
    caller::{self, Access, Visit},
    error, guard, log, lookup, metrics, pages, session, site,
};

/// One line of the table.
#[cfg_attr(not(test), expect(dead_code, reason = "the coverage test reads what the router obeys"))]
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
}

/// The table while it is filled.
pub(crate) struct Routes {
    state: State,
    router: Router<State>,
    pub(crate) table: Vec<Route>,
}

impl Routes {
    fn new(state: State) -> Self {
        Self { state, router: Router::new(), table: Vec::new() }
    }

    pub(crate) fn get<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        self.enter(Method::GET, path, access, handler)
    }

    pub(crate) fn post<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        self.enter(Method::POST, path, access, handler)
    }

    pub(crate) fn put<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        self.enter(Method::PUT, path, access, handler)
    }

    pub(crate) fn patch<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        self.enter(Method::PATCH, path, access, handler)
    }

    pub(crate) fn delete<H, T>(self, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        self.enter(Method::DELETE, path, access, handler)
    }

    /// A POST whose body may be larger than others.
    pub(crate) fn upload<H, T>(
        self,
        path: &'static str,
        access: Access,
        bytes_max: usize,
        handler: H,
    ) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        let gated = gate(on(MethodFilter::POST, handler), access, self.state.clone());
        self.place(Method::POST, path, access, gated.layer(DefaultBodyLimit::max(bytes_max)))
    }

    /// A GET whose answer is for everybody, scripts on the pages of other sites included.
    pub(crate) fn share<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        let gated = gate(on(MethodFilter::GET, handler), Access::Anonymous, self.state.clone());
        self.place(Method::GET, path, Access::Anonymous, gated.layer(guard::sharing::layer()))
    }

    fn enter<H, T>(self, method: Method, path: &'static str, access: Access, handler: H) -> Self
    where
        H: Handler<T, State>,
        T: 'static,
    {
        let filter = method.clone().try_into().expect("invariant: the table uses standard methods");
        let gated = gate(on(filter, handler), access, self.state.clone());
        self.place(method, path, access, gated)
    }

    fn place(
        mut self,
        method: Method,
        path: &'static str,
        access: Access,
        gated: MethodRouter<State>,
    ) -> Self {
        self.router = self.router.route(path, gated);
        self.table.push(Route { method, path, access });
        self
    }
}

fn gate(route: MethodRouter<State>, access: Access, state: State) -> MethodRouter<State> {
    route.route_layer(middleware::from_fn(move |Visit(session), request: Request, next: Next| {
        caller::admit(access, state.clone(), session, request, next)
    }))
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
        .layer(DefaultBodyLimit::max(guard::BODY_BYTES_MAX))
        .layer(RequestBodyTimeoutLayer::new(guard::BODY_TIMEOUT))
        .layer(middleware::from_fn_with_state(state.clone(), guard::origin::check))
        .layer(timeout)
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(error::shape))
        .layer(CompressionLayer::new().compress_when(compressible))
        .layer(middleware::map_response(guard::encoding::weaken))
        .layer(middleware::from_fn_with_state(state.clone(), guard::headers::secure))
        .layer(middleware::from_fn(guard::trace::note))
        .with_state(state)
}
