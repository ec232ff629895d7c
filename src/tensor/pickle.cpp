#include "tensor/pickle.hpp"

#include <bit>
#include <cstring>
#include <fmt/core.h>
#include <optional>
#include <type_traits>

#include <undertone/error.hpp>

#include "tensor/pickle_torch.hpp"
#include "tensor/printable.hpp"
#include "tensor/unicode.hpp"

namespace undertone::tensor::pickle {
namespace {

constexpr std::size_t kMaxGlobalName = 256;
constexpr int kNewestProtocol = 5;

// The opcodes, by their names in pickletools.
enum Opcode : unsigned char {
  kMark = '(',
  kStop = '.',
  kBinFloat = 'G',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersistentId = 'Q',
  kReduce = 'R',
  kBinString = 'T',
  kShortBinString = 'U',
  kBinUnicode = 'X',
  kBinBytes = 'B',
  kShortBinBytes = 'C',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kEmptyDict = '}',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kEmptyList = ']',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kEmptyTuple = ')',
  kSetItems = 'u',
  kProtocol = 0x80,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
  kLong4 = 0x8b,
  kShortBinUnicode = 0x8c,
  kBinUnicode8 = 0x8d,
  kStackGlobal = 0x93,
  kMemoize = 0x94,
  kFrame = 0x95,
};

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const Limits& limits, Program& program)
      : bytes_(bytes), limits_(limits), program_(program) {}

  void run() {
    if (bytes_.size() > limits_.max_bytes) {
      throw Malformed(fmt::format("the pickle has {} bytes; at most {} are read", bytes_.size(),
                                  limits_.max_bytes));
    }
    while (step()) {
    }
    if (stack_.size() != 1 || !marks_.empty()) throw Malformed("the pickle leaves no single value");
    if (position_ != bytes_.size()) throw Malformed("bytes follow the end of the pickle");
    program_.root = stack_.back();
  }

  // A global that was asked for and is not in the list.
  struct Refused {
    std::string global;
  };

 private:
  // Runs one opcode; false after the last.
  bool step() {
    const auto opcode = read<unsigned char>();
    switch (opcode) {
      case kProtocol:
        if (const int protocol = read<unsigned char>(); protocol > kNewestProtocol) {
          throw Malformed(fmt::format("pickle protocol {} is unknown", protocol));
        }
        return true;
      case kFrame:  // a hint about buffering
        read<std::uint64_t>();
        return true;
      case kStop:
        return false;
      case kNone:
        push(None{});
        return true;
      case kNewTrue:
        push(true);
        return true;
      case kNewFalse:
        push(false);
        return true;
      case kBinInt:
        push(std::int64_t{read<std::int32_t>()});
        return true;
      case kBinInt1:
        push(std::int64_t{read<std::uint8_t>()});
        return true;
      case kBinInt2:
        push(std::int64_t{read<std::uint16_t>()});
        return true;
      case kLong1:
        push_long(read<std::uint8_t>());
        return true;
      case kLong4:
        push_long(read<std::uint32_t>());
        return true;
      case kBinFloat:
        push_float();
        return true;
      case kBinUnicode:
        push_text(read<std::uint32_t>());
        return true;
      case kShortBinUnicode:
        push_text(read<std::uint8_t>());
        return true;
      case kBinUnicode8:
        push_text(read<std::uint64_t>());
        return true;
      case kBinString:
        push_text(read<std::uint32_t>());
        return true;
      case kShortBinString:
        push_text(read<std::uint8_t>());
        return true;
      case kBinBytes:
        take(read<std::uint32_t>());
        push(Opaque{});
        return true;
      case kShortBinBytes:
        take(read<std::uint8_t>());
        push(Opaque{});
        return true;
      default:
        return step_structure(opcode);
    }
  }

  bool step_structure(unsigned char opcode) {
    switch (opcode) {
      case kMark:
        if (marks_.size() == limits_.max_stack) throw Malformed("too many marks");
        marks_.push_back(stack_.size());
        return true;
      case kEmptyTuple:
        push(Tuple{});
        return true;
      case kEmptyList:
        push(List{});
        return true;
      case kEmptyDict:
        push(Dict{});
        return true;
      case kTuple:
        push(Tuple{pop_to_mark()});
        return true;
      case kTuple1:
        push(Tuple{pop_last(1)});
        return true;
      case kTuple2:
        push(Tuple{pop_last(2)});
        return true;
      case kTuple3:
        push(Tuple{pop_last(3)});
        return true;
      case kAppend:
        append(pop_last(1));
        return true;
      case kAppends:
        append(pop_to_mark());
        return true;
      case kSetItem:
        set_items(pop_last(2));
        return true;
      case kSetItems:
        set_items(pop_to_mark());
        return true;
      case kBinPut:
        memoize(read<std::uint8_t>());
        return true;
      case kLongBinPut:
        memoize(read<std::uint32_t>());
        return true;
      case kMemoize:
        memoize(memo_.size());
        return true;
      case kBinGet:
        recall(read<std::uint8_t>());
        return true;
      case kLongBinGet:
        recall(read<std::uint32_t>());
        return true;
      default:
        return step_call(opcode);
    }
  }

  bool step_call(unsigned char opcode) {
    switch (opcode) {
      case kGlobal: {
        const std::string_view module = read_line();
        push_global(module, read_line());
        return true;
      }
      case kStackGlobal: {
        const std::vector<Ref> names = pop_last(2);
        push_global(text_of(names[0]), text_of(names[1]));
        return true;
      }
      case kReduce: {
        const std::vector<Ref> both = pop_last(2);
        const auto* const callable = std::get_if<Callable>(&both[0]->content);
        const auto* const arguments = std::get_if<Tuple>(&both[1]->content);
        if (callable == nullptr || arguments == nullptr) {
          throw Malformed("the pickle calls what cannot be called");
        }
        auto result = call(*callable, *arguments);
        if (auto* const existing = std::get_if<Ref>(&result)) {
          push_ref(*existing);
        } else {
          push(std::move(std::get<Content>(result)));
        }
        return true;
      }
      case kBinPersistentId: {
        const Ref id = pop_last(1)[0];
        const auto* const tuple = std::get_if<Tuple>(&id->content);
        if (tuple == nullptr) throw Malformed("a persistent id is not a tuple");
        push(load_persistent(*tuple));
        return true;
      }
      case kBuild:
        // state_dict() hangs its '_metadata' on the OrderedDict as an attribute: of no use here.
        pop_last(1);
        if (!std::holds_alternative<Dict>(top()->content)) {
          throw Malformed("the pickle sets attributes of something that is not a dictionary");
        }
        return true;
      default:
        throw Malformed(fmt::format("opcode 0x{:02x} at byte {} has no place in a checkpoint",
                                    opcode, position_ - 1));
    }
  }

  // The next `count` bytes.
  std::span<const std::byte> take(std::uint64_t count) {
    if (count > bytes_.size() - position_) {
      throw Malformed(fmt::format("the pickle breaks off at byte {}", bytes_.size()));
    }
    const auto taken = bytes_.subspan(position_, count);
    position_ += count;
    return taken;
  }

  std::string_view take_text(std::uint64_t count) {
    const auto taken = take(count);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }

  template <class T>
  T read() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view read_line() {
    const auto rest = bytes_.subspan(position_);
    const std::string_view text(reinterpret_cast<const char*>(rest.data()), rest.size());
    const std::size_t length = text.substr(0, kMaxGlobalName + 1).find('\n');
    if (length == std::string_view::npos) throw Malformed("a name in the pickle has no end");
    position_ += length + 1;
    return text.substr(0, length);
  }

  void push(Content content) {
    if (program_.values.size() == limits_.max_values) {
      throw Malformed(fmt::format("the pickle holds more than {} values", limits_.max_values));
    }
    push_ref(&program_.values.emplace_back(Value{std::move(content)}));
  }

  void push_ref(Ref value) {
    if (stack_.size() == limits_.max_stack) throw Malformed("the pickle's stack grows too high");
    stack_.push_back(value);
  }

  // A little-endian two's complement integer.
  void push_long(std::uint32_t length) {
    const auto digits = take(length);
    if (length > sizeof(std::int64_t)) {
      push(Opaque{});
      return;
    }
    const bool negative = length != 0 && (digits[length - 1] & std::byte{0x80}) != std::byte{0};
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    if (length != 0) std::memcpy(&value, digits.data(), length);
    push(static_cast<std::int64_t>(value));
  }

  void push_float() {  // the only big-endian number in the format
    std::uint64_t bits = 0;
    for (const std::byte byte : take(sizeof(bits))) bits = bits << 8 | std::uint64_t(byte);
    push(std::bit_cast<double>(bits));
  }

  void push_text(std::uint64_t length) {
    const std::string_view text = take_text(length);
    if (!is_utf8(text)) throw Malformed("a text in the pickle is not UTF-8");
    push(std::string(text));
  }

  void push_global(std::string_view module, std::string_view name) {
    auto global = find_global(module, name);
    if (!global) throw Refused{fmt::format("{}.{}", printable(module), printable(name))};
    push(std::move(*global));
  }

  static std::string_view text_of(Ref value) {
    const auto* const text = std::get_if<std::string>(&value->content);
    if (text == nullptr) throw Malformed("the name of a global is not a text");
    return *text;
  }

  Ref top() const {
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back())) {
      throw Malformed("the pickle takes more from its stack than there is");
    }
    return stack_.back();
  }

  std::vector<Ref> pop_last(std::size_t count) {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() - floor < count) {
      throw Malformed("the pickle takes more from its stack than there is");
    }
    std::vector<Ref> popped(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return popped;
  }

  std::vector<Ref> pop_to_mark() {
    if (marks_.empty()) throw Malformed("the pickle has no mark to go back to");
    std::vector<Ref> popped = pop_last(stack_.size() - marks_.back());
    marks_.pop_back();
    return popped;
  }

  void append(const std::vector<Ref>& values) {
    auto* const list = std::get_if<List>(&top()->content);
    if (list == nullptr) throw Malformed("the pickle appends to what is not a list");
    list->items.insert(list->items.end(), values.begin(), values.end());
  }

  void set_items(const std::vector<Ref>& values) {
    auto* const dict = std::get_if<Dict>(&top()->content);
    if (dict == nullptr) throw Malformed("the pickle sets items of what is not a dictionary");
    if (values.size() % 2 != 0) throw Malformed("a dictionary has a key without a value");
    for (std::size_t i = 0; i < values.size(); i += 2) {
      dict->items.emplace_back(values[i], values[i + 1]);
    }
  }

  void memoize(std::size_t index) {
    if (index >= limits_.max_memo) {
      throw Malformed(
          fmt::format("memo entry {} is beyond the limit of {}", index, limits_.max_memo));
    }
    const Ref value = top();
    if (index >= memo_.size()) memo_.resize(index + 1, nullptr);
    memo_[index] = value;
  }

  void recall(std::size_t index) {
    if (index >= memo_.size() || memo_[index] == nullptr) {
      throw Malformed(fmt::format("memo entry {} was never set", index));
    }
    push_ref(memo_[index]);
  }

  std::span<const std::byte> bytes_;
  const Limits& limits_;
  Program& program_;
  std::size_t position_ = 0;
  std::vector<Ref> stack_;
  std::vector<std::size_t> marks_;  // heights of the stack
  std::vector<Ref> memo_;
};

}  // namespace

Program run(std::span<const std::byte> bytes, std::string_view name, const Limits& limits) {
  Program program;
  try {
    Machine(bytes, limits, program).run();
  } catch (const Malformed& error) {
    throw Error(error.code(), fmt::format("{}: {}", name, error.what()),
                "The file is damaged or no checkpoint of weights.");
  } catch (const Machine::Refused& refused) {
    throw Error(ErrorCode::kModelUnsupported,
                fmt::format("{}: asks for {}, which a checkpoint has no need of; refused (no code "
                            "was run)",
                            name, refused.global),
                "If you trust the file, load it in Python and save its state_dict() alone, best as "
                "safetensors.");
  }
  return program;
}

}  // namespace undertone::tensor::pickle
