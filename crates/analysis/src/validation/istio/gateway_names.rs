//! Names of gateways, as routes write them: `namespace/name`, `name`, or `mesh`.

use mesh::Field;

use super::super::hosts;
use super::super::problem::Problems;

/// The names of the list `gateways`.
pub(super) fn check<'w>(around: Field<'w>, problems: &mut Problems<'w>) {
    for field in around.list("gateways") {
        let name = field.as_str().unwrap_or_default();
        match name.split_once('/') {
            None => {
                if let Some((first, rest)) = name.split_once('.') {
                    let namespace = rest.split('.').next().unwrap_or_default();
                    problems.warning(
                        field,
                        format!("the gateway `{name}` is named as in old days; write `{namespace}/{first}`"),
                    );
                }
                problems.judge(
                    field,
                    hosts::full_name(name).map_err(|why| format!("the gateway `{name}` has no good name: {why}")),
                );
            }
            Some((namespace, gateway)) => {
                problems.judge(field, hosts::label("namespace of a gateway", namespace));
                problems.judge(field, hosts::label("gateway name", gateway));
            }
        }
    }
}
