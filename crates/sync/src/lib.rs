//! Linked folders to events: rules, reconcile, progress, health.
