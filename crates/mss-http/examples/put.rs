//! Seconds of one PUT, for the benchmarks: `put URL PATH`, where URL is a server that throws away
//! what it gets (the emulator crate's example `discard`).
//!
//! The MD5 and the calls around the PUT aren't part of the time.

use std::{
    error::Error,
    io::{self, Write as _},
    time::Instant,
};

use mss_http::{Client, Content, CreateFile, Credentials};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(path)) = (arguments.next(), arguments.next()) else {
        return Err("put URL PATH".into());
    };
    let client = Client::builder()
        .endpoint(&url)
        .project_id("6a6a1f8354f64dd9b9a614def7b59d83")
        .credentials(Credentials::new("BENCHACCESSKEY", "bench-secret-key")?)
        .build()?;
    let asset_id = "942e65a5fd219a2e01fb08d881cfadb9".parse()?;
    let content = Content::open(path)?;
    let md5 = content.md5().clone();
    let create = CreateFile::new("content.mp4", content.size(), md5, asset_id)?;
    let created = client.create_file(&create)?;
    let start = Instant::now();
    client.put_content(&created, &create, &content)?;
    writeln!(io::stdout(), "{}", start.elapsed().as_secs_f64())?;
    Ok(())
}
