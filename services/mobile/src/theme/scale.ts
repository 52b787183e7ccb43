/** Distances, corners and sizes of type, in density-independent pixels. */
export const space = { xs: 4, s: 8, m: 16, l: 24, xl: 32 } as const;

export const corner = { s: 8, m: 12, round: 999 } as const;

/** Nothing that is pressed is smaller: WCAG 2.5.8 asks for 24, both phone makers for 44 and 48. */
export const touch = 48;

/** Text is not set wider than this, and from `columns` on a result stands in two columns. */
export const width = { text: 680, page: 1080, columns: 820 } as const;

export const type = {
  title: { fontSize: 26, lineHeight: 32, fontWeight: '700' },
  heading: { fontSize: 19, lineHeight: 26, fontWeight: '700' },
  body: { fontSize: 16, lineHeight: 24, fontWeight: '400' },
  strong: { fontSize: 16, lineHeight: 24, fontWeight: '600' },
  small: { fontSize: 14, lineHeight: 20, fontWeight: '400' },
} as const;
