/**
 * The colour scale that the server draws maps with (`ember`), from weak to strong evidence, in sixteen steps.
 * tests/contract/gateway/test_app_legend.py holds it against the renderer's own.
 */
export const ember = [
  '#44206f',
  '#5a2276',
  '#702378',
  '#862677',
  '#9c2972',
  '#b02f6b',
  '#c23762',
  '#d34357',
  '#e1514a',
  '#ec623a',
  '#f47428',
  '#f98712',
  '#fb9c03',
  '#fab019',
  '#f6c537',
  '#efd956',
] as const;
