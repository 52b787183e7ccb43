// Outside a browser there is no origin to ask: tests name a server that does not exist.
process.env.EXPO_PUBLIC_API_URL = 'https://server.test';
