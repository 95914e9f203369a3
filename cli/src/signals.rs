//! The signals that ask a run to end: Ctrl-C, SIGTERM and SIGHUP.

#[cfg(unix)]
pub use unix::Signals;

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::future::poll_fn;
    use std::task::Poll;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    pub struct Signals(Vec<Signal>);

    impl Signals {
        pub fn new() -> Self {
            let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
            if !is_hang_up_ignored() {
                kinds.push(SignalKind::hangup());
            }
            Self(kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect())
        }

        /// Waits for the next signal.
        pub async fn next(&mut self) {
            poll_fn(|context| {
                let has_arrived = self.0.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
                if has_arrived { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    }

    /// Whether the program was started by `nohup`. Only Linux shows this.
    fn is_hang_up_ignored() -> bool {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
    }
}

#[cfg(not(unix))]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub fn new() -> Self {
        Self
    }

    /// Waits for the next Ctrl-C.
    pub async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
