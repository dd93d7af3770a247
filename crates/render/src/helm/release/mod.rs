//! Rendering a chart for a release: what its templates see, and what Helm makes of what they print.
