//! Under which addresses a phone may find this laptop.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::Result;

use crate::view::{PhoneAddress, PhoneLink};

/// All that may be offered, the likeliest first. Loopback only when there is nothing else: it at
/// least shows that the laptop is in no network.
///
/// # Errors
/// When the system does not tell its interfaces.
pub(crate) fn offered() -> Result<Vec<PhoneAddress>> {
    let interfaces = if_addrs::get_if_addrs()?;
    let up = interfaces
        .iter()
        .filter(|one| one.is_oper_up() || one.is_loopback());
    Ok(ranked(up.filter_map(|one| match one.ip() {
        IpAddr::V4(ip) => Some((one.name.clone(), ip)),
        IpAddr::V6(_) => None,
    })))
}

/// Whether an address belongs to a network at hand. What comes from elsewhere is not answered, even
/// where a modem has given the laptop a public address.
pub(crate) fn is_near(ip: Ipv4Addr) -> bool {
    ip.is_private() || ip.is_loopback() || ip.is_link_local()
}

fn ranked(found: impl Iterator<Item = (String, Ipv4Addr)>) -> Vec<PhoneAddress> {
    let mut all: Vec<PhoneAddress> = found
        .filter(|(_, ip)| is_near(*ip))
        .map(|(name, ip)| PhoneAddress {
            link: link(&name, ip),
            name,
            ip: ip.to_string(),
        })
        .collect();
    if all.iter().any(|one| one.link != PhoneLink::Loopback) {
        all.retain(|one| one.link != PhoneLink::Loopback);
    }
    all.sort_by(|a, b| (a.link, &a.name, &a.ip).cmp(&(b.link, &b.name, &b.ip)));
    all.dedup();
    all
}

/// What kind of network it is: a guess from the names that systems give.
fn link(name: &str, ip: Ipv4Addr) -> PhoneLink {
    const VIRTUAL: [&str; 20] = [
        "docker",
        "br-",
        "veth",
        "virbr",
        "vmnet",
        "vbox",
        "tun",
        "tap",
        "wg",
        "utun",
        "zt",
        "tailscale",
        "vethernet",
        "hyper-v",
        "vmware",
        "virtualbox",
        "wsl",
        "ppp",
        "lxc",
        "podman",
    ];
    const WIRELESS: [&str; 6] = ["wl", "wi-fi", "wifi", "ap", "无线", "wireless"];
    let name = name.to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    match ip.octets() {
        _ if ip.is_loopback() => PhoneLink::Loopback,
        _ if begins(&VIRTUAL) => PhoneLink::Virtual,
        // What Windows and NetworkManager give a laptop that is itself the hotspot.
        [192, 168, 137, 1] | [10, 42, 0, 1] => PhoneLink::Hotspot,
        // No router gave it one: rarely anybody is there.
        [169, 254, ..] => PhoneLink::Virtual,
        _ if begins(&WIRELESS) => PhoneLink::Wireless,
        _ => PhoneLink::Wired,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(found: &[(&str, [u8; 4])]) -> Vec<String> {
        let found = found
            .iter()
            .map(|(name, ip)| ((*name).to_owned(), Ipv4Addr::from(*ip)));
        ranked(found).into_iter().map(|one| one.ip).collect()
    }

    #[test]
    fn the_own_hotspot_comes_first_and_what_is_virtual_last() {
        let found = [
            ("lo", [127, 0, 0, 1]),
            ("docker0", [172, 17, 0, 1]),
            ("vEthernet (WSL)", [172, 20, 0, 1]),
            ("eth0", [192, 168, 1, 20]),
            ("WLAN", [192, 168, 0, 7]),
            ("本地连接* 2", [192, 168, 137, 1]),
        ];
        let wanted = [
            "192.168.137.1",
            "192.168.0.7",
            "192.168.1.20",
            "172.17.0.1",
            "172.20.0.1",
        ];
        assert_eq!(order(&found), wanted);
    }

    #[test]
    fn loopback_is_offered_only_alone_and_public_addresses_never() {
        assert_eq!(
            order(&[("lo", [127, 0, 0, 1]), ("wwan0", [8, 8, 4, 4])]),
            ["127.0.0.1"]
        );
    }
}
