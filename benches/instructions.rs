//! The instructions and allocations of a call, next to the same call by hand, as one table.
//!
//! The server runs in its own process, so that only the client is counted. Where valgrind is installed, this program
//! runs itself under callgrind. The difference between two numbers of calls leaves out a client's setup.

mod calls;
mod loopback;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::{env, thread};

use allocation_counter::measure;
use loopback::{KNOWN_BOT, UNKNOWN_BOT};

/// The calls that open the connection, and those that are counted.
const WARM_UP: u64 = 200;
const CALLS: u64 = 1000;

fn main() {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => {
            println!("{}", loopback::start());
            thread::park();
        }
        ["call", base_url, side, outcome, calls] => {
            println!("{}", call(base_url, side, outcome, calls.parse().expect("a number of calls")));
        }
        _ => table(),
    }
}

/// Makes the calls, and returns the allocations of one.
fn call(base_url: &str, side: &str, outcome: &str, calls: u64) -> u64 {
    let bot = if outcome == "success" { KNOWN_BOT } else { UNKNOWN_BOT };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (sdk, hand) = (calls::sdk(base_url), calls::hand(base_url));
    let call = || match side {
        "sdk" => runtime.block_on(calls::by_sdk(&sdk, bot)),
        _ => runtime.block_on(calls::by_hand(&hand, bot)),
    };
    for _ in 0..WARM_UP {
        call();
    }
    let counted = measure(|| {
        for _ in 0..calls {
            call();
        }
    });
    counted.count_total / calls.max(1)
}

fn table() {
    let (mut server, base_url) = serve();
    println!("| a call | | mantago | by hand | ratio |\n|---|---|---:|---:|---:|");
    let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success());
    for outcome in ["success", "error"] {
        let [sdk, hand] = ["sdk", "hand"].map(|side| allocations(&base_url, side, outcome));
        println!("| {outcome} | allocations | {sdk} | {hand} | {} |", ratio(sdk, hand));
        if has_valgrind {
            let [sdk, hand] = ["sdk", "hand"].map(|side| instructions(&base_url, side, outcome));
            println!("| {outcome} | instructions | {sdk} | {hand} | {} |", ratio(sdk, hand));
        }
    }
    server.kill().expect("the server runs");
    server.wait().expect("the server runs");
}

#[expect(clippy::cast_precision_loss, reason = "a ratio has three digits")]
fn ratio(sdk: u64, hand: u64) -> String {
    format!("{:.3}", sdk as f64 / hand as f64)
}

fn serve() -> (Child, String) {
    let mut server = itself(&["serve"]).stdout(Stdio::piped()).spawn().expect("this program starts");
    let mut address = String::new();
    let output = server.stdout.take().expect("it is piped");
    BufReader::new(output).read_line(&mut address).expect("the server prints its address");
    (server, format!("http://{}", address.trim()))
}

fn itself(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("a path"));
    command.args(arguments);
    command
}

fn allocations(base_url: &str, side: &str, outcome: &str) -> u64 {
    let output = itself(&["call", base_url, side, outcome, &CALLS.to_string()]).output().expect("this program starts");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number")
}

fn instructions(base_url: &str, side: &str, outcome: &str) -> u64 {
    let [all, warm_up] = [CALLS, 0].map(|calls| {
        let mut callgrind = Command::new("valgrind");
        callgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        callgrind.arg(env::current_exe().expect("a path"));
        callgrind.args(["call", base_url, side, outcome, &calls.to_string()]);
        let output = callgrind.output().expect("valgrind starts");
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        let collected = report.lines().find_map(|line| line.split_once("Collected : "));
        collected.unwrap_or_else(|| panic!("no count in: {report}")).1.trim().parse::<u64>().expect("a number")
    });
    (all - warm_up) / CALLS
}
