//! A Dropbox to run at home: the same HTTP API over a local folder.
