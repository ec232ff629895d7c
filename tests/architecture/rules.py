"""The rules of the tree, as data: what may depend on what."""

# Which modules (folders of src/) a module may use, by include and by link. In the order of src/CMakeLists.txt: each
# uses only those above it. A new module begins with a line here.
MODULES = {
    "common": set(),
    "audio": {"common"},
    "download": {"common"},
    "tensor": {"common"},
    "encoder": {"common", "tensor"},
    "classifier": {"common", "tensor"},
    "heads": {"common", "tensor"},
    "dataset": {"common"},
    "evaluation": {"common", "tensor", "classifier", "dataset"},
    "pipeline": {"common", "audio", "tensor", "encoder", "classifier", "heads", "dataset", "evaluation"},
    "server": {"common", "audio", "tensor", "encoder", "classifier", "heads", "dataset", "evaluation", "pipeline"},
}

# What programs link as undertone::undertone, and what it must not reach, however indirectly: it needs no network.
LIBRARY = "pipeline"
NOT_IN_THE_LIBRARY = {"download", "server"}

# Libraries that stand behind one of our own interfaces: which #include <...> and which CMake target is theirs, and the
# folders that may use them. Everything else would spread their types, versions and quirks over the tree.
CONFINED_LIBRARIES = {
    "FFmpeg": {
        "include": r"lib(av\w+|sw\w+|postproc)/",
        "target": r"PkgConfig::FFMPEG|-?l?(avformat|avcodec|avutil|swresample)",
        "folders": ["src/audio"],
    },
    "oneDNN": {
        "include": r"(oneapi/)?dnnl(/|[\w.]*\.h)",
        "target": r"DNNL::\w+|-?l?dnnl",
        "folders": ["src/encoder/kernels"],
        "link_folders": ["src/encoder"],
    },
    "OpenBLAS": {
        "include": r"(openblas[\w-]*/)?(f77blas|cblas|cblas-openblas|openblas_config|lapacke?)\.h$",
        "target": r"OpenBLAS::\w+|-?l?openblas",
        "folders": ["src/classifier"],
    },
    "LIBSVM": {  # the reference that tests and benchmarks compare with
        "include": r"(libsvm/)?svm\.h$",
        "target": r"LIBSVM::\w+|-?l?svm",
        "folders": ["tests", "benchmarks"],
    },
    "libzip": {
        "include": r"zip(conf)?\.h$",
        "target": r"PkgConfig::LIBZIP|libzip::\w+|-?l?zip",
        "folders": ["src/tensor"],
    },
    "libcurl": {
        "include": r"curl/",
        "target": r"CURL::\w+|PkgConfig::(LIB)?CURL|-?l?curl",
        "folders": ["src/download"],
    },
    "OpenSSL": {
        "include": r"openssl/",
        "target": r"OpenSSL::\w+",
        "folders": ["src/common", "src/server"],
    },
    "Boost": {  # HTTP, WebSocket and their sockets
        "include": r"boost/",
        "target": r"Boost::\w+",
        "folders": ["src/server"],
    },
    "prometheus-cpp": {
        "include": r"prometheus/",
        "target": r"prometheus-cpp::\w+|-?l?prometheus-cpp-\w+",
        "folders": ["src/server"],
    },
    "prometheus-cpp": {
        "include": r"prometheus/",
        "target": r"prometheus-cpp::\w+|-?l?prometheus-cpp-\w+",
        "folders": ["src/server"],
    },
    "CLI11": {
        "include": r"CLI/",
        "target": r"CLI11::\w+",
        "folders": ["apps"],
    },
}

# Public headers show a user the standard library and each other, and nothing else.
STANDARD_HEADERS = set(
    """
    algorithm any array atomic barrier bit bitset charconv chrono codecvt compare complex concepts condition_variable
    coroutine deque exception execution expected filesystem format forward_list fstream functional future generator
    initializer_list iomanip ios iosfwd iostream istream iterator latch limits list locale map mdspan memory
    memory_resource mutex new numbers numeric optional ostream print queue random ranges ratio regex scoped_allocator
    semaphore set shared_mutex source_location span spanstream sstream stack stacktrace stdexcept stop_token streambuf
    string string_view strstream syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map
    unordered_set utility valarray variant vector version
    cassert cctype cerrno cfenv cfloat cinttypes climits clocale cmath csetjmp csignal cstdarg cstddef cstdint cstdio
    cstdlib cstring ctime cuchar cwchar cwctype
    """.split()
)

# A file beyond this is probably two ideas. A warning, not a failure.
LONG_FILE_LINES = 500
