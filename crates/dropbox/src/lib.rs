//! A typed Dropbox client: OAuth, listing, longpoll, revisions, content hash.
