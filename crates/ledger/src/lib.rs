//! Tenancies, assets, events and their log, in one store and one transaction.
