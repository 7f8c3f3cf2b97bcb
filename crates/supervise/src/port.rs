use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::Error;

/// Says in a sentence when `address` cannot be had. `what` names who needs it.
///
/// Connecting comes first: on macOS a second socket may bind 127.0.0.1 beside one on 0.0.0.0.
pub fn check_port(address: SocketAddr, what: &str) -> Result<(), Error> {
    let taken = || Error::PortTaken {
        port: address.port(),
        what: what.to_owned(),
    };
    if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok() {
        return Err(taken());
    }
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(taken()),
        Err(source) => Err(Error::Port {
            what: what.to_owned(),
            address: address.to_string(),
            source,
        }),
    }
}

/// A loopback port that was free a moment ago.
pub fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_gives_a_sentence() {
        let holder = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = holder.local_addr().unwrap();
        let error = check_port(address, "the site").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "port {}, which the site needs, is already in use: end what listens there or choose another port",
                address.port()
            )
        );
    }

    #[test]
    fn a_free_port_is_free() {
        let address = ([127, 0, 0, 1], free_port().unwrap()).into();
        check_port(address, "the site").unwrap();
    }
}
