//! Which pods a Server is for, and ports as Linkerd's annotations list them.

use mesh::selector::matches_selector;
use mesh::workload::Workload;
use mesh::{Field, Resource, World};

/// The workloads that a Server selects.
pub(super) fn selected<'w>(world: &'w World, server: Resource<'w>) -> Vec<Workload<'w>> {
    let Some(selector) = server.at(&["spec", "podSelector"]) else { return Vec::new() };
    let labels = selector.get("matchLabels").filter(|labels| labels.members().next().is_some());
    let candidates = match labels {
        Some(labels) => world.selected_workloads(Some(server.namespace()), labels),
        None => world.workloads_in(server.namespace()).collect(),
    };
    let fits =
        |workload: &Workload<'_>| workload.pod().is_some() && matches_selector(selector, |name| workload.label(name));
    candidates.into_iter().filter(fits).collect()
}

/// The number of the port that a Server's `port` means on a workload: a number, or the name of a container's port. Those of
/// the proxy count too, which no manifest declares.
pub(super) fn number(workload: Workload<'_>, port: Field<'_>) -> Option<u16> {
    let Some(name) = port.as_str() else { return u16::try_from(port.value().as_u64()?).ok() };
    let declared = workload.ports().find(|declared| declared.name == name).map(|declared| declared.number);
    let of_proxy = match name {
        "linkerd-proxy" => Some(4143),
        "linkerd-admin" => Some(4191),
        _ => None,
    };
    declared.or(of_proxy)
}

/// A list of ports such as `25,3306,8000-8100,mysql`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ports<'t> {
    ranges: Vec<(u16, u16)>,
    names: Vec<&'t str>,
}

impl<'t> Ports<'t> {
    /// Reads a list; the first item that is no port comes back as the error.
    pub(super) fn read(text: &'t str) -> Result<Ports<'t>, &'t str> {
        let mut ports = Ports::default();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (first, last) = item.split_once('-').unwrap_or((item, item));
            match (first.parse(), last.parse()) {
                (Ok(first), Ok(last)) if first <= last && first > 0 => ports.ranges.push((first, last)),
                _ if is_port_name(item) => ports.names.push(item),
                _ => return Err(item),
            }
        }
        Ok(ports)
    }

    /// Whether a port is in the list, by its number or its name.
    pub(super) fn has(&self, number: u16, name: &str) -> bool {
        self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&number)) || self.names.contains(&name)
    }
}

/// Whether a text can be the name of a container's port.
fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
        && text.chars().any(|letter| letter.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_ports() {
        let ports = Ports::read("25, 8000-8100,mysql,").expect("a list");
        assert!(ports.has(25, "") && ports.has(8050, "") && ports.has(1, "mysql") && !ports.has(26, "http"));
        for wrong in ["0", "100000", "9-3", "a b", "25;26"] {
            assert_eq!(Ports::read(wrong), Err(wrong));
        }
    }
}
