// wavesurfer.js as a player with one region, the selection.

import WaveSurfer from "wavesurfer.js";
import RegionsPlugin, { type Region } from "wavesurfer.js/dist/plugins/regions.js";
import type { Sound } from "../audio/decode";
import { peaks } from "../audio/levels";
import type { Selection } from "../audio/selection";
import { colour } from "./theme";

export interface PlayerEvents {
  position(seconds: number): void;
  playing(isPlaying: boolean): void;
  // The region was drawn, moved or resized with the mouse.
  selected(start: number, end: number): void;
}

function translucentAccent(): string {
  return `color-mix(in srgb, ${colour("accent")} 22%, transparent)`;
}

export class Player {
  private readonly regions = RegionsPlugin.create();
  private readonly surfer: WaveSurfer;
  private region: Region | null = null;
  private stopAt: number | null = null;

  constructor(
    container: HTMLElement,
    url: string,
    sound: Sound,
    private readonly events: PlayerEvents,
  ) {
    this.surfer = WaveSurfer.create({
      container,
      height: 96,
      barWidth: 3,
      barGap: 2,
      barRadius: 2,
      cursorWidth: 2,
      normalize: true,
      url,
      peaks: [peaks(sound.samples, 1200)],
      duration: sound.duration,
      plugins: [this.regions],
      ...Player.colours(),
    });
    this.surfer.on("timeupdate", (time) => {
      if (this.stopAt !== null && time >= this.stopAt) {
        this.stopAt = null;
        this.surfer.pause();
      }
      events.position(time);
    });
    this.surfer.on("play", () => events.playing(true));
    this.surfer.on("pause", () => events.playing(false));
    this.surfer.on("finish", () => events.playing(false));
    this.regions.enableDragSelection({ color: translucentAccent() });
    this.regions.on("region-created", (region) => this.adopt(region));
    this.regions.on("region-updated", (region) => events.selected(region.start, region.end));
  }

  private static colours() {
    return { waveColor: colour("wave"), progressColor: colour("accent"), cursorColor: colour("ink") };
  }

  recolour(): void {
    this.surfer.setOptions(Player.colours());
    this.region?.setOptions({ color: translucentAccent() });
  }

  // null: nothing is selected.
  select(selection: Selection | null): void {
    if (selection === null) {
      this.region?.remove();
      this.region = null;
    } else if (this.region === null) {
      this.regions.addRegion({ ...selection, color: translucentAccent() });
    } else {
      this.region.setOptions(selection);
    }
  }

  // Plays the selection, or on from where it stands.
  toggle(selection: Selection | null): void {
    if (this.surfer.isPlaying()) {
      this.surfer.pause();
      return;
    }
    const now = this.surfer.getCurrentTime();
    if (selection !== null && (now < selection.start || now >= selection.end - 0.05))
      this.surfer.setTime(selection.start);
    this.stopAt = selection?.end ?? null;
    void this.surfer.play();
  }

  playFrom(time: number): void {
    this.stopAt = null;
    this.surfer.setTime(time);
    void this.surfer.play();
  }

  destroy(): void {
    this.surfer.destroy();
  }

  private adopt(region: Region): void {
    if (this.region !== null && this.region !== region) {
      const old = this.region;
      this.region = null;
      old.remove();
    }
    this.region = region;
    this.events.selected(region.start, region.end);
  }
}
