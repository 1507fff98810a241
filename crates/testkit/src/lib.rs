//! For tests and benchmarks only: temporary stores, a sandbox with an instance beside it, the walk through the story.
