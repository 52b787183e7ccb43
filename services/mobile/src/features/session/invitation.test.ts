import { cleanCode, cleanServer, readInvitation } from './invitation';

it('reads what a clinic hands out', () => {
  const scanned = 'lesionlens://enrol?server=https%3A%2F%2Fclinic.example&code=abcde-fghjk';
  expect(readInvitation(scanned)).toEqual({ server: 'https://clinic.example', code: 'ABCDE-FGHJK' });
});

it.each([
  'https://clinic.example/enrol?code=ABCDE-FGHJK',
  'lesionlens://enrol?code=ABCDE-FGHJK',
  'lesionlens://enrol?server=https%3A%2F%2Fclinic.example&code=ABC',
  'lesionlens://enrol?server=http%3A%2F%2Fclinic.example&code=ABCDE-FGHJK',
  'lesionlens://enrol?server=javascript%3Aalert(1)&code=ABCDE-FGHJK',
  'WIFI:S:guest;;',
])('takes nothing else: %s', (scanned) => {
  expect(readInvitation(scanned)).toBeNull();
});

it.each([
  ['abcdefghjk', 'ABCDE-FGHJK'],
  [' abcde fghjk ', 'ABCDE-FGHJK'],
  ['abcde', null],
  ['', null],
])('code %s', (typed, code) => {
  expect(cleanCode(typed)).toBe(code);
});

it.each([
  ['https://Clinic.example/', 'https://clinic.example'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['http://192.168.1.20:8080', 'http://192.168.1.20:8080'],
  ['http://clinic.example', null],
  ['https://clinic.example/path', null],
  ['https://user@clinic.example', null],
  ['clinic.example', null],
])('server %s', (typed, server) => {
  expect(cleanServer(typed)).toBe(server);
});
