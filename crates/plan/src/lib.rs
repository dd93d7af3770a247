//! What to do about a difference: apply order, prune, drift, health rules, each step with its reason.
