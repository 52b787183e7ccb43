/** A part of the body on one of two figures, drawn on fields of 100 by 220. `id` is what the server is told. */
export type Region = { id: string; side: 'front' | 'back'; shape: string };

/** Left and right are the person's own: on the front view the left arm is at the right of the picture. */
function mirrored(left: string, right: string, [atLeft, atRight]: [string, string]): Region[] {
  return [
    { id: left, side: 'front', shape: atRight },
    { id: right, side: 'front', shape: atLeft },
    { id: left, side: 'back', shape: atLeft },
    { id: right, side: 'back', shape: atRight },
  ];
}

const HEAD = 'M50 4 C60 4 64 12 63 20 C62 29 57 34 50 34 C43 34 38 29 37 20 C36 12 40 4 50 4 Z';
const NECK = 'M44 34 H56 L58 43 H42 Z';
const UPPER = 'M34 45 C44 42 56 42 66 45 L68 76 H32 Z';
const LOWER = 'M32 78 H68 L67 96 L70 114 H30 L33 96 Z';
const ARMS: [string, string] = [
  'M32 46 C25 48 23 56 21 70 L14 106 L22 109 L30 78 L31 60 Z',
  'M68 46 C75 48 77 56 79 70 L86 106 L78 109 L70 78 L69 60 Z',
];
const HANDS: [string, string] = [
  'M13 108 L22 111 L20 126 C17 130 11 128 11 122 Z',
  'M87 108 L78 111 L80 126 C83 130 89 128 89 122 Z',
];
const LEGS: [string, string] = [
  'M30 116 H49 L48 156 L45 198 H36 L33 158 Z',
  'M70 116 H51 L52 156 L55 198 H64 L67 158 Z',
];
const FEET: [string, string] = [
  'M36 200 H45 L46 214 H29 C28 208 32 204 36 200 Z',
  'M64 200 H55 L54 214 H71 C72 208 68 204 64 200 Z',
];

export const REGIONS: Region[] = [
  { id: 'head', side: 'front', shape: HEAD },
  { id: 'head', side: 'back', shape: HEAD },
  { id: 'neck', side: 'front', shape: NECK },
  { id: 'neck', side: 'back', shape: NECK },
  { id: 'chest', side: 'front', shape: UPPER },
  { id: 'abdomen', side: 'front', shape: LOWER },
  { id: 'upper back', side: 'back', shape: UPPER },
  { id: 'lower back', side: 'back', shape: LOWER },
  ...mirrored('left arm', 'right arm', ARMS),
  ...mirrored('left hand', 'right hand', HANDS),
  ...mirrored('left leg', 'right leg', LEGS),
  ...mirrored('left foot', 'right foot', FEET),
];

export const SITES: string[] = [...new Set(REGIONS.map((region) => region.id))];
