const char* word(void);
const char* word(void) { return "world"; }
