#!/bin/sh
# Makes the seeds of the audio fuzzer: 0.05 s of a tone in every container and codec that the
# installed ffmpeg (and sox, for AMR) can write. The seeds are committed; run this to add formats.
#
#   fuzz/make_audio_seeds.sh [FOLDER]
set -eu
out=${1:-$(dirname "$0")/corpus/audio_reader}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"

seed() { # NAME FILE OPTIONS...: FILE's extension tells ffmpeg the container
  name=$1
  file=$work/$2
  shift 2
  if ffmpeg -nostdin -loglevel error -y -f lavfi -i "sine=frequency=440:sample_rate=${rate:-16000}:duration=0.05" \
    -bitexact "$@" "$file"; then
    mv "$file" "$out/$name"
  else
    echo "$0: this ffmpeg cannot write $name" >&2
  fi
}

seed wav_pcm16 a.wav
seed wav_pcm16_stereo a.wav -ac 2 -ar 8000
seed wav_u8 a.wav -c:a pcm_u8
seed wav_s24_extensible a.wav -c:a pcm_s24le -ar 4000 -ac 3
seed wav_f32 a.wav -c:a pcm_f32le -ar 8000
seed wav_f64 a.wav -c:a pcm_f64le -ar 4000
seed wav_mulaw a.wav -c:a pcm_mulaw
seed wav_alaw a.wav -c:a pcm_alaw
seed wav_adpcm_ms a.wav -c:a adpcm_ms
seed wav_adpcm_ima a.wav -c:a adpcm_ima_wav
seed wav_rf64 a.wav -rf64 always
seed wave64 a.w64
seed aiff a.aiff
seed au a.au
seed caf a.caf -c:a pcm_s16be
seed caf_alac a.caf -c:a alac
seed mov_pcm a.mov -c:a pcm_s16le
seed m4a_aac a.m4a -c:a aac
seed m4a_alac a.m4a -c:a alac
seed mp4_fragments a.mp4 -c:a aac -movflags +frag_keyframe+empty_moov
seed adts a.aac -c:a aac
seed mp3 a.mp3 -c:a libmp3lame -b:a 32k
seed mp2 a.mp2 -c:a mp2 -b:a 32k
seed flac a.flac -metadata_header_padding 0
seed ogg_flac a.oga -c:a flac
seed ogg_opus a.opus -c:a libopus
seed webm_opus a.webm -c:a libopus
seed mka_pcm a.mka -c:a pcm_s16le
seed wma a.wma -c:a wmav2
seed wavpack a.wv
rate=48000
seed wav_48k a.wav -c:a pcm_u8
seed flac_48k a.flac -metadata_header_padding 0
rate=8000
# Vorbis codebooks alone are larger than all other seeds.
seed ogg_vorbis a.ogg -c:a libvorbis
if command -v sox >/dev/null; then
  sox -q "$out/wav_pcm16" -r 8000 "$work/a.amr-nb" 2>/dev/null && mv "$work/a.amr-nb" "$out/amr_nb"
  sox -q "$out/wav_pcm16" "$work/a.sph" && mv "$work/a.sph" "$out/nist_sphere"
fi
printf '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nclip.wav\n#EXT-X-ENDLIST\n' >"$out/hls"
printf "ffconcat version 1.0\nfile 'clip.wav'\n" >"$out/ffconcat"
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n' >"$out/git_lfs"
