//! From where a request comes: the peer, or whom a trusted proxy names. What anybody else says of that is not believed.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use ipnet::IpNet;

const FORWARDED_FOR: &str = "X-Forwarded-For";

/// The networks of the proxies that are trusted.
#[derive(Clone, Debug, Default)]
pub struct Proxies(pub Vec<IpNet>);

impl Proxies {
    /// The nearest address that is no trusted proxy's: names are read from the right, where our own proxies wrote.
    pub fn client_of(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        if !self.trusts(peer) {
            return Some(peer);
        }
        let headers = request.headers().get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok());
        let named: Vec<&str> = headers.flat_map(|value| value.split(',')).collect();
        Some(self.client_behind(peer, &named))
    }

    fn client_behind(&self, peer: IpAddr, named: &[&str]) -> IpAddr {
        let mut client = peer;
        for name in named.iter().rev() {
            let name = name.trim();
            // Some gateways write the port as well.
            let with_port = name.parse().map(|address: SocketAddr| address.ip());
            let Ok(address) = name.parse().or(with_port) else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }
}

#[cfg(test)]
mod tests {
    use super::Proxies;

    #[test]
    fn only_what_a_trusted_proxy_wrote_is_believed() {
        let proxies = Proxies(vec!["10.0.0.0/8".parse().unwrap()]);
        let client =
            |peer: &str, named: &[&str]| proxies.client_behind(peer.parse().unwrap(), named).to_string();
        assert_eq!(client("10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(client("10.0.0.1", &["198.51.100.1", "203.0.113.7", "10.0.0.2"]), "203.0.113.7");
        assert_eq!(client("10.0.0.1", &["198.51.100.1", "nonsense"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["203.0.113.7:51234"]), "203.0.113.7");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }
}
