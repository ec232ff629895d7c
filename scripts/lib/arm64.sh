# Sourced by the scripts beside it, after console.sh: the arm64 libraries that cross-compiled tests link, unpacked into a
# folder of their own. The system's own packages and architectures are left alone.
# shellcheck shell=bash

# shellcheck disable=SC2034
arm64_packages=(g++-aarch64-linux-gnu qemu-user)

arm64_libraries=(libssl-dev libzip-dev libfmt-dev libeigen3-dev nlohmann-json3-dev libopenblas-dev libgtest-dev libgmock-dev)

# unpack_arm64_libraries FOLDER: into FOLDER/root, unless it is there already.
unpack_arm64_libraries() {
  local folder
  folder=$(realpath -m "$1")
  local root=$folder/root
  local wanted="${arm64_libraries[*]}"
  if [[ -d "$root" && "$(cat "$folder/unpacked" 2>/dev/null)" == "$wanted" ]]; then
    say 'arm64 libraries: all there'
    return
  fi
  rm -rf "$folder"
  mkdir -p "$folder/state/lists/partial" "$folder/cache/archives/partial" "$root"
  : >"$folder/state/status"
  local -a apt=(apt-get -q -y -o "Dir::State=$folder/state" -o "Dir::State::status=$folder/state/status"
    -o "Dir::Cache=$folder/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User=
    -o APT::Architecture=arm64 -o APT::Architectures=arm64)
  run_quietly "$folder/update.log" "${apt[@]}" update
  run_quietly "$folder/download.log" "${apt[@]}" --no-install-recommends --download-only install "${arm64_libraries[@]}"
  local package
  for package in "$folder"/cache/archives/*.deb; do
    dpkg-deb --extract "$package" "$root"
  done
  # Alternatives, which only an installation would set up.
  ln -sf openblas-pthread/libopenblas.so.0 "$root/usr/lib/aarch64-linux-gnu/libopenblas.so.0"
  ln -sf openblas-pthread/libopenblas.so "$root/usr/lib/aarch64-linux-gnu/libopenblas.so"
  rm -rf "$folder/cache" "$folder/state"
  printf '%s' "$wanted" >"$folder/unpacked"
}
