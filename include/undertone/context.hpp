// What a Whisper encoder hears around a clip.
#pragma once

namespace undertone {

enum class Context {
  kPadded,  // silence after the clip, up to 30 s: as Whisper was trained
  kClip,    // the clip alone: other numbers for less work
};

}  // namespace undertone
