//! The way to the service: proxy, DNS, TCP, TLS.

use std::net::IpAddr;

use super::{
    Finding, Step,
    finding::timestamp,
    subject::{Subject, Way},
};
use crate::{
    ErrorKind,
    transport::{Fault, Route, Shown, connect_to, look_at_certificate, resolve, shake_hands},
};

const NO_CONNECTION: &str = "there is no connection";
const NO_TLS: &str = "there is no trustworthy connection";

impl Subject {
    pub(super) fn proxy(&mut self) -> Finding {
        match self.client.shared().network.route(&self.uri) {
            Route::Direct(why) => Finding::ok(Step::Proxy, format!("not used: {why}")),
            Route::Through(_) => {
                let place = self.way.place();
                let found = format!("calls go through the proxy {place}");
                Finding::ok(Step::Proxy, found).with("proxy", Some(place))
            }
            // A client with such a proxy isn't built.
            Route::Barred(problem) => {
                self.blocked = Some("the proxy can't be used");
                Finding::failed(Step::Proxy, ErrorKind::InvalidConfig, problem)
            }
        }
    }

    pub(super) fn dns(&mut self) -> Finding {
        if self.way.is_proxy {
            return Finding::skipped(Step::Dns, "the proxy looks the endpoint's name up");
        }
        if self.way.host.parse::<IpAddr>().is_ok() {
            return Finding::skipped(Step::Dns, "the endpoint is an address");
        }
        if let Err(fault) = self.look_up() {
            return self.blocking(Step::Dns, &fault, "the endpoint has no address");
        }
        let mut texts: Vec<_> = self
            .addresses
            .iter()
            .map(|it| it.ip().to_string())
            .collect();
        texts.dedup();
        let texts = texts.join(", ");
        let found = format!("{} is {texts}", self.way.host);
        Finding::ok(Step::Dns, found).with("addresses", Some(texts))
    }

    pub(super) fn tcp(&mut self) -> Finding {
        if let Some(why) = self.blocked {
            return Finding::skipped(Step::Tcp, why);
        }
        if self.addresses.is_empty()
            && let Err(fault) = self.look_up()
        {
            return self.blocking(Step::Tcp, &fault, NO_CONNECTION);
        }
        let call = self.probe(self.client.settings().connect);
        match connect_to(&call, &self.way.in_words(), self.addresses.clone()) {
            Ok(address) => {
                let whose = if self.way.is_proxy {
                    "the proxy at "
                } else {
                    ""
                };
                let found = format!("connected to {whose}{address}");
                Finding::ok(Step::Tcp, found).with("address", Some(address))
            }
            Err(fault) => self.blocking(Step::Tcp, &fault, NO_CONNECTION),
        }
    }

    fn look_up(&mut self) -> Result<(), Fault> {
        let way = &self.way;
        let call = self.probe(self.client.settings().connect);
        self.addresses = resolve(&call, &way.in_words(), &way.host, way.port)?;
        Ok(())
    }

    pub(super) fn tls(&mut self) -> Finding {
        if self.uri.scheme_str() == Some("http") {
            return Finding::skipped(Step::Tls, "the endpoint is plain http");
        }
        if let Some(why) = self.blocked {
            return Finding::skipped(Step::Tls, why);
        }
        let limit = self.client.settings().connect;
        let network = &self.client.shared().network;
        let shown = match look_at_certificate(network, &self.uri, self.probe(limit)) {
            Ok(shown) => shown,
            Err(fault) => return self.blocking(Step::Tls, &fault, NO_TLS),
        };
        let finding = match shake_hands(network, &self.uri, self.probe(limit)) {
            Ok(()) if network.accepts_invalid_certs() => Finding::warning(
                Step::Tls,
                format!("{}; it is not checked", shown.in_words()),
                "whoever is on the way can read and change everything: give the authority's \
                 certificate as ca_file instead of danger_accept_invalid_certs",
            ),
            Ok(()) => Finding::ok(Step::Tls, shown.in_words()),
            Err(fault) => {
                let mut finding = self.blocking(Step::Tls, &fault, NO_TLS);
                finding.found = format!("{}; what it shows: {}", finding.found, shown.in_words());
                finding
            }
        };
        let certificate = shown.certificate.as_ref();
        finding
            .with("version", shown.version)
            .with("subject", certificate.map(|it| &it.subject))
            .with("issuer", certificate.map(|it| &it.issuer))
            .with(
                "valid_until",
                certificate.map(|it| timestamp(it.valid_until)),
            )
    }

    /// A failure after which nothing can be sent to the service.
    fn blocking(&mut self, step: Step, fault: &Fault, why: &'static str) -> Finding {
        self.blocked = Some(why);
        let kind = match fault.kind.into() {
            ErrorKind::Resolve | ErrorKind::Connect if self.way.is_proxy => ErrorKind::Proxy,
            kind => kind,
        };
        Finding::failed(step, kind, fault.to_string())
    }
}

impl Way {
    /// Host and port.
    pub(super) fn place(&self) -> String {
        Fault::place(&self.host, self.port)
    }

    /// The same for a fault's text.
    fn in_words(&self) -> String {
        let whose = if self.is_proxy { "the proxy " } else { "" };
        format!("{whose}{}", self.place())
    }
}

impl Shown {
    fn in_words(&self) -> String {
        let version = self.version.unwrap_or("TLS");
        let Some(certificate) = &self.certificate else {
            return format!("{version}, a certificate that can't be read");
        };
        let subject = match &*certificate.subject {
            "" => "no name",
            subject => subject,
        };
        format!(
            "{version}, certificate of {subject}, issued by {}, valid until {}",
            certificate.issuer,
            certificate.valid_until.date()
        )
    }
}
