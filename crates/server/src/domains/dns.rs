//! The proof in a TXT record, and the addresses of web servers: both are asked of the same name servers,
//! anew each time. An owner who asks again wants to know what the world says now, and not what it
//! said a while ago.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hickory_resolver::{
    TokioResolver,
    config::{NameServerConfig, ResolveHosts, ResolverConfig},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{op::ResponseCode, rr::RData},
};

use super::Challenge;

/// How long one name server may take, and how often it is asked again.
const TRY_TIMEOUT: Duration = Duration::from_secs(2);
const TRIES_MORE: usize = 1;
/// How long all of it may take.
const TIMEOUT: Duration = Duration::from_secs(8);

/// Who is asked.
#[derive(Clone)]
pub(super) struct NameServers {
    /// None: those of the system.
    named: Arc<[SocketAddr]>,
}

impl NameServers {
    pub(super) fn new(named: &[SocketAddr]) -> Self {
        Self { named: named.into() }
    }

    /// Whether the proof is there, or why not.
    pub(super) async fn look(&self, challenge: &Challenge) -> Result<(), String> {
        let record = &challenge.record;
        let texts = self.texts(record).await.map_err(|error| told(record, &error))?;
        if texts.contains(&challenge.text) {
            return Ok(());
        }
        Err(match texts.len() {
            0 => nothing_at(record),
            1 => format!("The TXT record {record} holds another text."),
            _ => format!("The TXT records {record} hold other texts."),
        })
    }

    /// The addresses of a host.
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, NetError> {
        let looked = within(self.resolver()?.lookup_ip(rooted(host))).await?;
        Ok(looked.iter().collect())
    }

    async fn texts(&self, name: &str) -> Result<Vec<String>, NetError> {
        let looked = within(self.resolver()?.txt_lookup(rooted(name))).await?;
        let records = looked.answers().iter().filter_map(|record| match &record.data {
            RData::TXT(txt) => Some(txt.txt_data.concat()),
            _ => None,
        });
        Ok(records.map(|text| String::from_utf8_lossy(&text).into_owned()).collect())
    }

    /// One that remembers nothing.
    fn resolver(&self) -> Result<TokioResolver, NetError> {
        let mut builder = if self.named.is_empty() {
            TokioResolver::builder_tokio()?
        } else {
            let servers = self.named.iter().copied().map(server).collect();
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        };
        let options = builder.options_mut();
        options.timeout = TRY_TIMEOUT;
        options.attempts = TRIES_MORE;
        options.cache_size = 0;
        // What this machine calls itself or its neighbours proves nothing.
        options.use_hosts_file = ResolveHosts::Never;
        builder.build()
    }
}

fn server(address: SocketAddr) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    server
}

/// With the dot of the root, so that nothing is put behind it.
fn rooted(name: &str) -> String {
    format!("{name}.")
}

async fn within<T>(looked: impl Future<Output = Result<T, NetError>>) -> Result<T, NetError> {
    tokio::time::timeout(TIMEOUT, looked).await.unwrap_or(Err(NetError::Timeout))
}

fn nothing_at(record: &str) -> String {
    format!(
        "There is no TXT record {record}. A new one may take an hour until it is seen everywhere."
    )
}

fn told(record: &str, error: &NetError) -> String {
    let code = match error {
        NetError::Timeout => {
            return format!("No name server answered in time when it was asked for {record}.");
        }
        NetError::Dns(DnsError::NoRecordsFound(none)) => none.response_code,
        NetError::Dns(DnsError::ResponseCode(code)) => *code,
        _ => return format!("No name server could be asked for {record}: {error}."),
    };
    match code {
        ResponseCode::NXDomain | ResponseCode::NoError => nothing_at(record),
        code => {
            format!(
                "A name server answered that it failed ({code}) when it was asked for {record}."
            )
        }
    }
}
