//! Addresses of servers that proxies and istiod talk to: `host:port`.

use mesh::Field;

use super::super::problem::Problems;
use super::super::{cidr, hosts, ports};

/// Stands for the address of the node that a proxy runs on.
const NODE: &str = "$(HOST_IP)";

/// The member `name`, if it is given and not empty.
pub(super) fn check<'w>(around: Field<'w>, name: &str, problems: &mut Problems<'w>) {
    let text = around.text(name);
    if let Some(field) = around.get(name).filter(|_| !text.is_empty()) {
        problems.judge(field, address(&text.replacen(NODE, "127.0.0.1", 1)).map_err(|why| format!("`{name}`: {why}")));
    }
}

fn address(text: &str) -> Result<(), String> {
    let (host, port) = cidr::host_and_port(text)?;
    let number = port.parse().map_err(|_| format!("the port `{port}` of `{text}` is no number"))?;
    ports::number(number)?;
    if hosts::full_name(host).is_ok() || cidr::is_address(host) {
        Ok(())
    } else {
        Err(format!("the host `{host}` of `{text}` is neither a name nor an address"))
    }
}
