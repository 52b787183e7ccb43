import { en } from '@/i18n/en';
import { REGIONS, SITES } from './regions';

/** The middle of a shape, from the numbers of its path in pairs; H and V are not needed for the arms. */
const xOf = (shape: string) => Number(/^M(\d+)/.exec(shape)?.[1]);

it('has a name for every part of the body, and a part for every name', () => {
  expect([...SITES].sort()).toEqual(Object.keys(en.sites).sort());
});

it('tells the server only what it takes', () => {
  for (const site of SITES) expect(site).toMatch(/^[A-Za-z0-9][A-Za-z0-9 ,./_-]{0,63}$/);
});

it('means the left and right of the person, not of the picture', () => {
  const at = (id: string, side: string) =>
    xOf(REGIONS.find((region) => region.id === id && region.side === side)?.shape ?? '');
  expect(at('left arm', 'front')).toBeGreaterThan(50);
  expect(at('left arm', 'back')).toBeLessThan(50);
  expect(at('right foot', 'front')).toBeLessThan(50);
});
