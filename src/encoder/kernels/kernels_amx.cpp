// Products of bfloat16 and of bytes: AMX. Compiled alone with its flags; calls nothing inline from
// outside this file but intrinsics.
//
// A tile holds sixteen rows of sixteen lanes, as rows and panels lie packed already. Two tiles of
// rows by two of columns are accumulated in four of the eight; a step over sixteen lanes loads the
// other four and multiplies four times, and the loads take half of the multiplications' time. The
// slices of two panels (16 KB) stay in the first-level cache while the block's rows pass by; the
// block's slice (288 KB) and sums (512 KB) stay in the second.

#include "encoder/kernels/avx512_strips.hpp"
#include "encoder/kernels/kernel_table_sets.hpp"

namespace undertone::encoder {
namespace {

constexpr std::size_t kTileRows = 16;
constexpr std::size_t kTileLanes = 16;
constexpr std::size_t kTileSums = kTileRows * kPanelWidth;
constexpr std::size_t kStripTileRows = 2 * kTileRows;
constexpr std::size_t kPairColumns = 2 * kPanelWidth;
constexpr std::size_t kTiledRows = 512;     // of a block
constexpr std::size_t kTiledColumns = 256;  // of a group
static_assert(kSliceLanes % kTileLanes == 0);

// Compilers do not know what tiles read: what was written before must be in memory.
inline void written_before() { __asm__ volatile("" ::: "memory"); }

// Of all tiles: sixteen rows of 64 bytes. Configured for as long as it lives.
class Tiles {
 public:
  Tiles() {
    alignas(64) static constexpr unsigned char kConfiguration[64] = {
        1,  0,  0,  0,  0,  0,  0,  0,  0,  0, 0,  0, 0,  0, 0,  0,   // palette
        64, 0,  64, 0,  64, 0,  64, 0,  64, 0, 64, 0, 64, 0, 64, 0,   // bytes of a row
        0,  0,  0,  0,  0,  0,  0,  0,  0,  0, 0,  0, 0,  0, 0,  0,   //
        16, 16, 16, 16, 16, 16, 16, 16, 0,  0, 0,  0, 0,  0, 0,  0};  // rows
    _tile_loadconfig(kConfiguration);
  }
  ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;
};

// Sums are in tiles 0 to 3, rows in 4 and 5, columns in 6 and 7. Numbers of tiles are parts of the
// instructions.

struct Bfloat16Tiles : FloatSums {
  static void add_first_first() { _tile_dpbf16ps(0, 4, 6); }
  static void add_first_second() { _tile_dpbf16ps(1, 4, 7); }
  static void add_second_first() { _tile_dpbf16ps(2, 5, 6); }
  static void add_second_second() { _tile_dpbf16ps(3, 5, 7); }
};

struct ByteTiles : ByteSums {
  static void add_first_first() { _tile_dpbusd(0, 4, 6); }
  static void add_first_second() { _tile_dpbusd(1, 4, 7); }
  static void add_second_first() { _tile_dpbusd(2, 5, 6); }
  static void add_second_second() { _tile_dpbusd(3, 5, 7); }
};

constexpr std::size_t kRowStride = kSliceStride * sizeof(std::uint32_t);
constexpr std::size_t kPanelStride = kPanelWidth * sizeof(std::uint32_t);

template <class Dot, bool kTwoRows, bool kTwoPanels>
inline void step(const std::uint32_t* rows, const std::uint32_t* first,
                 const std::uint32_t* second) {
  _tile_loadd(6, first, kPanelStride);
  _tile_loadd(4, rows, kRowStride);
  Dot::add_first_first();
  if constexpr (kTwoPanels) {
    _tile_loadd(7, second, kPanelStride);
    Dot::add_first_second();
  }
  if constexpr (kTwoRows) {
    _tile_loadd(5, rows + kTileRows * kSliceStride, kRowStride);
    Dot::add_second_first();
    if constexpr (kTwoPanels) Dot::add_second_second();
  }
}

// One slice of two panels, in steps of sixteen lanes. What is left at the end of k has been copied
// to where zeros follow it: behind it there is another panel, or nothing.
struct TiledPanels {
  const std::uint32_t* first = nullptr;
  const std::uint32_t* second = nullptr;
  std::size_t steps = 0;
  const std::uint32_t* rest = nullptr;  // sixteen lanes of either, or null
};

// Sums of a strip: first those of its first sixteen rows in both panels, a tile each.
template <class Dot, bool kTwoRows, bool kTwoPanels>
void multiply_tiles(const std::uint32_t* rows, const TiledPanels& panels, bool begun,
                    typename Dot::Value* sums) {
  if (begun) {
    _tile_loadd(0, sums, kPanelStride);
    if constexpr (kTwoPanels) _tile_loadd(1, sums + kTileSums, kPanelStride);
    if constexpr (kTwoRows) _tile_loadd(2, sums + 2 * kTileSums, kPanelStride);
    if constexpr (kTwoRows && kTwoPanels) _tile_loadd(3, sums + 3 * kTileSums, kPanelStride);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (std::size_t i = 0; i < panels.steps; ++i) {
    step<Dot, kTwoRows, kTwoPanels>(rows + i * kTileLanes, panels.first + i * kTileSums,
                                    panels.second + i * kTileSums);
  }
  if (panels.rest != nullptr) {
    step<Dot, kTwoRows, kTwoPanels>(rows + panels.steps * kTileLanes, panels.rest,
                                    panels.rest + kTileSums);
  }
  _tile_stored(0, sums, kPanelStride);
  if constexpr (kTwoPanels) _tile_stored(1, sums + kTileSums, kPanelStride);
  if constexpr (kTwoRows) _tile_stored(2, sums + 2 * kTileSums, kPanelStride);
  if constexpr (kTwoRows && kTwoPanels) _tile_stored(3, sums + 3 * kTileSums, kPanelStride);
}

template <class Dot>
void finish_strip(const typename Dot::Value* sums, const StripProduct& p, std::size_t row,
                  std::size_t rows, std::size_t column, std::size_t columns) {
  for (std::size_t r = 0; r < rows; ++r) {
    const typename Dot::Value* line =
        sums + r / kTileRows * 2 * kTileSums + r % kTileRows * kPanelWidth;
    finish_row<Dot>(line, p, row + r, column, least(kPanelWidth, columns));
    if (columns > kPanelWidth)
      finish_row<Dot>(line + kTileSums, p, row + r, column + kPanelWidth, columns - kPanelWidth);
  }
}

// Adds to a block's sums, of two panels, what one slice contributes; the last slice finishes them.
template <class Dot>
void multiply_pair(const StripProduct& p, std::size_t row, std::size_t rows, std::size_t column,
                   std::size_t lane, typename Dot::Value* sums) {
  const std::size_t columns = least(kPairColumns, p.n - column);
  const std::size_t depth = least(kSliceLanes, p.lanes - lane);
  const std::size_t panel_stride = p.lanes * kPanelWidth;
  const std::uint32_t* first = p.panels + column * p.lanes + lane * kPanelWidth;
  const std::uint32_t* second = columns > kPanelWidth ? first + panel_stride : first;
  TiledPanels panels{first, second, depth / kTileLanes, nullptr};
  alignas(64) std::uint32_t rest[2 * kTileSums];
  if (const std::size_t left = depth % kTileLanes; left != 0) {
    const std::size_t from = panels.steps * kTileSums;
    for (std::size_t i = 0; i < kTileLanes; ++i) {
      const __mmask16 mask = i < left ? 0xFFFFU : 0U;
      const std::size_t place = i * kPanelWidth;
      _mm512_store_si512(rest + place, _mm512_maskz_loadu_epi32(mask, first + from + place));
      _mm512_store_si512(rest + kTileSums + place,
                         _mm512_maskz_loadu_epi32(mask, second + from + place));
    }
    panels.rest = rest;
    written_before();
  }
  const std::uint32_t* slice = p.a.lanes + (lane / kSliceLanes * p.a.capacity + row) * kSliceStride;
  const bool begun = lane != 0;
  const bool last = lane + depth == p.lanes;
  for (std::size_t r = 0; r < rows; r += kStripTileRows) {
    const std::size_t count = least(kStripTileRows, rows - r);
    const std::uint32_t* strip = slice + r * kSliceStride;
    typename Dot::Value* strip_sums = sums + r * kPairColumns;
    const bool two_rows = count > kTileRows;
    if (columns > kPanelWidth) {
      (two_rows ? multiply_tiles<Dot, true, true>
                : multiply_tiles<Dot, false, true>)(strip, panels, begun, strip_sums);
    } else {
      (two_rows ? multiply_tiles<Dot, true, false>
                : multiply_tiles<Dot, false, false>)(strip, panels, begun, strip_sums);
    }
    if (last) finish_strip<Dot>(strip_sums, p, row + r, count, column, columns);
  }
}

template <class Dot>
void multiply_in_tiles(const StripProduct& p) {
  alignas(64) typename Dot::Value sums[kTiledRows * kTiledColumns];
  const Tiles tiles;
  written_before();
  for (std::size_t row = 0; row < p.m; row += kTiledRows) {
    const std::size_t rows = least(kTiledRows, p.m - row);
    for (std::size_t group = 0; group < p.n; group += kTiledColumns) {
      const std::size_t end = least(group + kTiledColumns, p.n);
      for (std::size_t lane = 0; lane < p.lanes; lane += kSliceLanes) {
        for (std::size_t column = group; column < end; column += kPairColumns) {
          multiply_pair<Dot>(p, row, rows, column, lane, sums + (column - group) * kTiledRows);
        }
      }
    }
  }
}

}  // namespace

StripKernels amx_bf16_strips() {
  return {.strip_rows = kStripTileRows,
          .pack = avx512_bf16_strips().pack,
          .multiply = multiply_in_tiles<Bfloat16Tiles>};
}

StripKernels amx_byte_strips() {
  return {.strip_rows = kStripTileRows,
          .pack = avx512_vnni_byte_strips().pack,
          .multiply = multiply_in_tiles<ByteTiles>};
}

}  // namespace undertone::encoder
