//! Structured merge, case by case.
