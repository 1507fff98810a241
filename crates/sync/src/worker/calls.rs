//! How somebody outside calls a worker to look: again and again is once.

use tokio::sync::Notify;

use crate::reader::Which;

/// Calls that a worker hasn't heeded yet. Any number of one kind is one, so that a storm of them
/// during one reading leads to one further reading.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    changes: Notify,
    everything: Notify,
    unrecorded: Notify,
    contents: Notify,
}

impl Calls {
    /// Something has changed, perhaps.
    pub(crate) fn look_for_changes(&self) {
        self.changes.notify_one();
    }

    /// Make sure of everything.
    pub(crate) fn look_at_everything(&self) {
        self.everything.notify_one();
    }

    /// Try again what could not be recorded.
    pub(crate) fn look_at_unrecorded(&self) {
        self.unrecorded.notify_one();
    }

    /// Contents may wait to be read.
    pub(crate) fn read_contents(&self) {
        self.contents.notify_one();
    }

    /// Ends when contents may wait to be read.
    pub(crate) async fn contents_wanted(&self) {
        self.contents.notified().await;
    }

    /// Ends when somebody has called.
    pub(crate) async fn next(&self) -> Which {
        tokio::select! {
            biased;
            () = self.everything.notified() => Which::AllPlacedAnew,
            () = self.unrecorded.notified() => Which::Unrecorded,
            () = self.changes.notified() => Which::All,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn thousand_calls_are_heeded_once() {
        let calls = Calls::default();
        assert_eq!(calls.next().now_or_never(), None);
        (0..1_000).for_each(|_| calls.look_for_changes());
        calls.look_at_everything();
        assert_eq!(calls.next().now_or_never(), Some(Which::AllPlacedAnew));
        assert_eq!(calls.next().now_or_never(), Some(Which::All));
        assert_eq!(calls.next().now_or_never(), None);
    }
}
