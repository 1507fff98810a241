//! The files of the built pages, embedded in the binary: Instaproof at `/`, the administration
//! pages under their addresses, and what both load from `/static/`.
//!
//! Names under `/static/` carry a hash of their content, so those files are immutable. Whoever
//! builds without the pages gets one page that says how to make them.

use axum::{
    body::Body,
    extract::Path,
    response::{IntoResponse, Response},
};
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::{
    caller::Access,
    error::Error,
    guard::headers::SCRIPTED_PAGE,
    openapi::{As, Bytes, Html},
    pages::{placeholder, style},
    routes::Routes,
};

/// For addresses whose content never changes.
pub(crate) const IMMUTABLE: HeaderValue =
    HeaderValue::from_static("public, max-age=31536000, immutable");

/// Asked for again each time, and answered with 304 when nothing changed.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Built;

pub(crate) fn routes(routes: Routes) -> Routes {
    let (page, integration) = (Access::Page, "/settings/integrations/{integration}");
    routes
        .section("Pages")
        .get("/", Access::Anonymous, "See Instaproof", instaproof)
        .get("/assets", page, "See your assets", administration)
        .get("/assets/register", page, "Register a document", administration)
        .get("/assets/{asset}", page, "See an asset of yours", administration)
        .get("/assets/{asset}/events/{event}", page, "See an event of yours", administration)
        .get("/settings", page, "See the settings", administration)
        .get("/settings/domain", page, "See your domain", administration)
        .get("/settings/integrations", page, "See the integrations", administration)
        .get(integration, page, "See an integration", administration)
        .get("/settings/members", page, "See the members", administration)
        .get("/settings/webhooks", page, "See the webhooks", administration)
        .get("/static/{*path}", Access::Anonymous, "Load a file of the pages", file)
}

async fn instaproof(headers: HeaderMap) -> As<Html> {
    entry("index.html", &headers).into()
}

async fn administration(headers: HeaderMap) -> As<Html> {
    entry("admin.html", &headers).into()
}

fn entry(name: &str, asked: &HeaderMap) -> Response {
    let Some(file) = Built::get(name) else { return placeholder::page() };
    let tag = etag(&file);
    let mut response = serve(name, file, asked, REVALIDATE);
    if asked.typed_get::<IfNoneMatch>().is_some_and(|known| !known.precondition_passes(&tag)) {
        // The headers stay: a browser lets those of a 304, its policy too, replace what it kept.
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    response.headers_mut().typed_insert(tag);
    response
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Result<As<Bytes>, Error> {
    if let Some(response) = style::file(&path) {
        return Ok(response.into());
    }
    // A debug build reads from the disk, where a path can climb; an embedded one has no disk.
    if path.split('/').any(|part| part == "..") {
        return Err(Error::NotFound);
    }
    let name = format!("static/{path}");
    let file = Built::get(&name).ok_or(Error::NotFound)?;
    Ok(serve(&name, file, &headers, IMMUTABLE).into())
}

/// Prefers the compressed neighbour that the build left beside the file.
fn serve(name: &str, file: EmbeddedFile, asked: &HeaderMap, cache: HeaderValue) -> Response {
    let packed = if takes_gzip(asked) { Built::get(&format!("{name}.gz")) } else { None };
    let is_packed = packed.is_some();
    let mut response = packed.unwrap_or(file).data.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind(name));
    headers.insert(header::CACHE_CONTROL, cache);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CONTENT_SECURITY_POLICY, SCRIPTED_PAGE);
    if is_packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn etag(file: &EmbeddedFile) -> ETag {
    let tag = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    tag.parse().expect("invariant: hexadecimal digits in quotes are a tag")
}

fn takes_gzip(asked: &HeaderMap) -> bool {
    let encodings = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    encodings.is_some_and(|encodings| {
        encodings.split(',').any(|one| one.trim() == "gzip" || one.trim().starts_with("gzip;q=1"))
    })
}

fn kind(name: &str) -> HeaderValue {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let charset = if kind.type_() == mime_guess::mime::TEXT { "; charset=utf-8" } else { "" };
    HeaderValue::try_from(format!("{kind}{charset}"))
        .expect("invariant: a media type is a header value")
}
