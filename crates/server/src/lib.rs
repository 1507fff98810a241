//! REST API, public pages, administration pages, sign-in.
