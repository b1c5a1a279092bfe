#!/bin/sh
# Runs the checks of the kernels as processors other than this one would: an x86-64 without AVX, and an arm64.
#
#     sh Tests/KernelChecks/main/other-processors.sh [--quick]
#
# Debian: clang, qemu-user, libc6-dev-arm64-cross, libgcc-12-dev-arm64-cross. Not part of CI: the emulator takes minutes.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# build <program> <clang's arguments…>
build() {
  program=$1
  shift
  clang "$@" -std=gnu17 -O2 -Wall -Wextra -Werror -I "$root/Sources/CMillraceKernels/include" -I "$root/Tests/KernelChecks/include" \
    "$root"/Sources/CMillraceKernels/*.c "$root"/Tests/KernelChecks/*.c "$root/Tests/KernelChecks/main/main.c" -lm -o "$made/$program"
}

if [ "$(uname -m)" = x86_64 ]; then
  build x86
  echo "x86-64 without AVX:"
  # QEMU 7.2 reads 16 bytes for cvtdq2pd where the processor reads 8, and meets the page that may not be touched.
  qemu-x86_64 -cpu Nehalem "$made/x86" --skip to_f64_i32 "$@"
fi
gcc=$(ls -d /usr/lib/gcc-cross/aarch64-linux-gnu/* | tail -1)
build arm --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include -B /usr/aarch64-linux-gnu/lib -B "$gcc" -L /usr/aarch64-linux-gnu/lib -L "$gcc" -fuse-ld=lld -static
echo "arm64:"
qemu-aarch64 "$made/arm" "$@"
