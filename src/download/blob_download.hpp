// One file of a model, from the hub into the cache.
#pragma once

#include <cstdint>

#include "common/function_ref.hpp"
#include "download/hub_cache.hpp"
#include "download/hub_client.hpp"

namespace undertone::download {

// How many bytes of the file are there now; may fall back, where a server does not resume.
using OnBytes = FunctionRef<void(std::uint64_t)>;

// Makes cache.blob(file.digest) exist with the content that the digest stands for: takes it as it
// is if it is whole, goes on with what an earlier attempt has left, verifies, flushes to the
// device, renames into place. An interrupted attempt leaves what has come, one with a wrong
// checksum or more bytes than declared leaves nothing. Holds the blob's lock meanwhile.
//
// Throws Error(kDownloadFailed), Error(kAccessDenied), Error(kModelNotFound),
// Error(kFileUnwritable) and Error(kCancelled). Returns how many bytes came over the network.
std::uint64_t fetch_blob(HubClient& hub, const HubCache& cache, const RemoteFile& file,
                         OnBytes on_bytes);

// How many bytes of the file are in the cache, whole or not, as far as sizes tell.
std::uint64_t bytes_present(const HubCache& cache, const RemoteFile& file);

}  // namespace undertone::download
