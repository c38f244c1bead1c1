# Sourced by the scripts beside it: where we are, how to speak, how to fail.
set -eu
cd "$(dirname "$0")/.."
CARGO="${CARGO:-cargo}"
PATH="$PWD/.tools/bin:$PWD/end2end/node_modules/.bin:$HOME/.cargo/bin:$PATH"
export CARGO PATH

# say TEXT: what happens next.
say() { printf '\n== %s\n' "$*"; }

# fail TEXT: what is wrong and what to do; ends the script.
fail() {
    printf '\n== Stopped: %s\n' "$*" >&2
    exit 1
}

# step TEXT COMMAND...: says what is done, does it, says how long it took, and stops with the text when it fails.
step() {
    step_text="$1"
    shift
    say "$step_text"
    step_began=$(date +%s)
    "$@" || fail "$step_text did not succeed; the lines above say why."
    printf '== done in %s s\n' "$(($(date +%s) - step_began))"
}
