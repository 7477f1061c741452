//! Unary calls by tonic.
//!
//! Arguments: the tunnel's port, how many callers there are, how many calls each of them makes, one after the other,
//! and each call's deadline in milliseconds. Prints `<code> <milliseconds> <message>` for each call. Callers rest
//! between calls, not all of them for as long, so that calls begin at any time.

use std::time::{Duration, Instant};

use bytes::{Buf, BufMut};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// Messages of bytes, which no description says more about.
#[derive(Clone, Copy, Default)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Bytes;
    type Decoder = Bytes;

    fn encoder(&mut self) -> Bytes {
        Bytes
    }

    fn decoder(&mut self) -> Bytes {
        Bytes
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put_slice(&message);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut message = vec![0; from.remaining()];
        from.copy_to_slice(&mut message);
        Ok(Some(message))
    }
}

async fn call(client: &mut Grpc<Channel>, deadline: Duration) -> Result<(), Status> {
    client
        .ready()
        .await
        .map_err(|e| Status::unknown(format!("the channel is not ready: {e}")))?;
    let mut request = Request::new(b"ping".to_vec());
    request.set_timeout(deadline);
    client
        .unary(
            request,
            http::uri::PathAndQuery::from_static("/trials.Echo/Call"),
            Bytes,
        )
        .await?;
    Ok(())
}

/// `DeadlineExceeded` is `DEADLINE_EXCEEDED` elsewhere.
fn name(status: &Status) -> String {
    let mut name = String::new();
    for (i, letter) in format!("{:?}", status.code()).char_indices() {
        if i > 0 && letter.is_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

async fn caller(number: u64, channel: Channel, calls: u64, deadline: Duration) {
    let mut client = Grpc::new(channel);
    for _ in 0..calls {
        let began = Instant::now();
        let status = call(&mut client, deadline)
            .await
            .err()
            .unwrap_or_else(|| Status::ok(""));
        let message = status
            .message()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        println!(
            "{} {} {message}",
            name(&status),
            began.elapsed().as_millis()
        );
        tokio::time::sleep(Duration::from_millis(number % 10)).await;
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers = std::env::args()
        .skip(1)
        .map(|a| a.parse())
        .collect::<Result<Vec<u64>, _>>()?;
    let &[port, callers, calls, deadline] = numbers.as_slice() else {
        return Err("expected: PORT CALLERS CALLS DEADLINE".into());
    };
    let channel = Endpoint::from_shared(format!("http://127.0.0.1:{port}"))?.connect_lazy();
    let callers: Vec<_> = (0..callers)
        .map(|number| {
            tokio::spawn(caller(
                number,
                channel.clone(),
                calls,
                Duration::from_millis(deadline),
            ))
        })
        .collect();
    for caller in callers {
        caller.await?;
    }
    Ok(())
}
