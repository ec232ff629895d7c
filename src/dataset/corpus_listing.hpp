// Which recordings a data set has and what is known of them before any is opened.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/corpus_names.hpp"
#include "dataset/label_map.hpp"
#include "dataset/metadata.hpp"

namespace undertone::dataset {

struct ListedRecording {
  std::filesystem::path file;  // to open
  std::string name;            // of the recording within its corpus; "" for generic data
  Clip clip;                   // filepath is `file` as text
};

// Something that was found and is not a recording to use.
struct LeftOut {
  std::string path;
  std::string reason;   // a stable word: "other_name", "too_short", "audio_unreadable" ...
  std::string detail;   // one sentence for people; may be empty
  bool failed = false;  // it could not be read, as opposed to left out by a rule
};

struct CorpusListing {
  std::vector<ListedRecording> recordings;  // by the bytes of their paths; a table's in its order
  std::vector<LeftOut> left_out;
};

// The recordings of a corpus in a folder and the folders within. Files with other names are left
// out ("other_name"), and so is each further recording of a name ("same_name"): CREMA-D and others
// come in two formats side by side. Of such, uncompressed and lossless files are preferred, then
// the first path. Throws Error(kFileNotFound) or (kFileUnreadable) for the folder,
// Error(kDataInvalid) if it holds no recordings or none of that corpus; then the message says which
// corpus's names they are.
CorpusListing list_corpus(Corpus corpus, const std::filesystem::path& folder,
                          const LabelMap& labels = {});

// The same for a text file with one name or path a line, which stay as they are written. Throws
// also what read_text_file throws.
CorpusListing list_names(Corpus corpus, const std::filesystem::path& list,
                         const LabelMap& labels = {});

// A folder for each emotion, at any depth: the label of a recording is the name of the nearest
// folder around it that `labels` or the spellings of the six know, else of the topmost one.
// Recordings outside any such folder are left out ("no_label"). Throws like list_corpus.
CorpusListing list_emotion_folders(const std::filesystem::path& folder,
                                   const LabelMap& labels = {});

// Which columns of a table say what. An empty name stands for the usual ones, tried in order.
struct GenericColumns {
  std::string path;
  std::string label;
  std::string speaker;
  std::string sentence;
  std::string group;
};

// The recordings that a CSV, TSV or JSON lines file names. Besides the columns of GenericColumns
// `corpus`, `intensity`, `sex`, `age` and `split` are known, under the usual other names too; all
// others are kept. Relative paths are looked for in `audio_folder`, or, if it is empty, as
// resolve_recording does. Rows without a path or label are left out ("no_path", "no_label"), and so
// is a path that was named before ("same_path"). Throws Error(kDataInvalid) naming the column that
// is missing and those that there are, and what read_table throws.
CorpusListing list_table(const std::filesystem::path& table, const GenericColumns& columns = {},
                         const LabelMap& labels = {},
                         const std::filesystem::path& audio_folder = {});

}  // namespace undertone::dataset
