//! How much of the service one caller may take: requests a minute, for each client, municipality and address.
//!
//! Clients and municipalities have their quota once, however many nodes there are: a node takes a tenth of what is left of
//! it at a time from the record (`lease`). Addresses without a token are counted by each node for itself (governor).

mod lease;
mod store;

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};

pub use self::lease::{Leases, Taken};
use crate::platform::{db::Db, error::Result, id::ClientId};

/// How many clients may share an address at the token endpoint.
const CLIENTS_OF_AN_ADDRESS: u32 = 10;

/// Requests a minute; 0 is no limit.
#[derive(Clone, Copy, Debug)]
pub struct Quotas {
    /// Of each client.
    pub client: u32,
    /// Of all clients of a municipality.
    pub municipality: u32,
    /// Of each address, without a token.
    pub address: u32,
    /// Of each client at the token endpoint; of each address ten times as many.
    pub tokens: u32,
    /// The length of a window.
    pub window: Duration,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { client: 0, municipality: 0, address: 0, tokens: 0, window: Duration::from_mins(1) }
    }
}

/// The limits of a node.
pub struct Limits {
    pub(super) quotas: Quotas,
    leases: Leases,
    addresses: Option<DefaultKeyedRateLimiter<IpAddr>>,
}

impl Limits {
    pub fn new(quotas: Quotas, db: Db) -> Self {
        let addresses =
            NonZeroU32::new(quotas.address).map(|most| RateLimiter::keyed(Quota::per_minute(most)));
        Self { quotas, leases: Leases::new(db, quotas.window), addresses }
    }

    /// Takes a request out of a quota that all nodes share.
    ///
    /// # Errors
    /// 429 `rate-limited` when nothing is left of it in this window.
    pub async fn take(&self, bucket: &str, quota: u32) -> Result<Option<Taken>> {
        match quota {
            0 => Ok(None),
            quota => self.leases.take(bucket, quota).await.map(Some),
        }
    }

    /// Takes a token for a client.
    ///
    /// # Errors
    /// As [`Limits::take`].
    pub async fn take_token(&self, client: ClientId) -> Result<()> {
        self.take(&format!("token {client}"), self.quotas.tokens).await.map(|_| ())
    }

    /// Takes a request of the token endpoint for an address, which several clients may share.
    ///
    /// # Errors
    /// As [`Limits::take`].
    pub async fn take_token_from(&self, address: IpAddr) -> Result<()> {
        let quota = self.quotas.tokens.saturating_mul(CLIENTS_OF_AN_ADDRESS);
        self.take(&format!("token from {}", network(address)), quota).await.map(|_| ())
    }

    /// Takes a request of an address without a token; refuses with the seconds to wait.
    pub(super) fn take_address(&self, address: IpAddr) -> Result<(), u64> {
        let Some(addresses) = &self.addresses else { return Ok(()) };
        let refused = |not_until: governor::NotUntil<_>| {
            not_until.wait_time_from(governor::clock::DefaultClock::default().now()).as_secs() + 1
        };
        addresses.check_key(&network(address)).map_err(refused)
    }

    /// Forgets addresses and windows that are past, for ever.
    pub async fn clear(&self) {
        loop {
            tokio::time::sleep(Duration::from_mins(1)).await;
            if let Some(addresses) = &self.addresses {
                addresses.retain_recent();
                addresses.shrink_to_fit();
            }
            self.leases.clear().await;
        }
    }
}

/// Whoever has an address of IPv6 has the 64 bits behind its network to choose from.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => six
            .to_ipv4_mapped()
            .map_or_else(|| Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX)).into(), IpAddr::from),
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn addresses_of_one_network_are_one() {
        let of = |address: &str| network(address.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8::1"));
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
