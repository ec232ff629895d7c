// The look of each emotion: a stroke, which tells them apart without colour, and a colour class. Pure.

export interface Look {
  // Suffix of the CSS class `tone-…`, which sets --tone.
  tone: string;
  // A line in a box of 120 × 24, drawn like a voice would go.
  stroke: string;
}

const kLooks: Record<string, Look> = {
  Neutral: { tone: "neutral", stroke: "M2 12 H118" },
  Happy: { tone: "happy", stroke: "M2 17 Q12 1 22 15 T42 13 Q52 -1 62 13 T82 11 Q92 -3 102 10 T118 5" },
  Sad: { tone: "sad", stroke: "M2 4 C22 4 34 7 52 12 S90 21 118 20" },
  Angry: {
    tone: "angry",
    stroke: "M2 14 L12 4 L20 20 L32 2 L42 21 L54 3 L64 22 L76 2 L86 20 L98 4 L108 19 L118 10",
  },
  Fear: {
    tone: "fear",
    stroke:
      "M2 12 l4 -3 l4 6 l4 -6 l4 6 l4 -7 l4 8 l4 -8 l4 8 l4 -9 l4 10 l4 -10 l4 10 l4 -10 l4 10 l4 -9 l4 9 l4 -8 l4 8 l4 -7 l4 6 l4 -6 l4 6 l4 -5 l4 4 l4 -3 l4 3 l4 -2 l4 2 l4 -1",
  },
  Disgust: { tone: "disgust", stroke: "M2 8 C18 8 18 20 32 20 S44 4 58 4 S74 21 88 20 S102 12 118 16" },
};

const kOther: Look = { tone: "other", stroke: "M2 12 H22 M32 12 H52 M62 12 H82 M92 12 H118" };

export function look(label: string): Look {
  return Object.hasOwn(kLooks, label) ? (kLooks[label] ?? kOther) : kOther;
}

// All labels of a result in the model's order, those that it did not announce at the end.
export function inOrder(labels: readonly string[], probabilities: Record<string, number>): string[] {
  const known = labels.filter((label) => Object.hasOwn(probabilities, label));
  return [...known, ...Object.keys(probabilities).filter((label) => !labels.includes(label))];
}
