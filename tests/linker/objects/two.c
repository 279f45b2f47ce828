int other_data[4] = {1, 2, 3, 4};
const char other_text[] = "a text of the second file";
int shared_storage;
extern int initialised;
extern int* pointers[];
int replaced(int value) { return value + 1; }
static int tail(int value) { return replaced(value) + *pointers[1]; }
int other(int value) { return tail(value) ^ initialised; }
