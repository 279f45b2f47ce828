/* References of every common kind: to functions, variables, constants, weak names and COMMON storage of another file. */
extern int other_data[4];
extern const char other_text[];
extern int other(int value);
extern int absent_data __attribute__((weak));
extern int absent(int value) __attribute__((weak));
int shared_storage;
int zeroed[16] = {0};
int initialised = 42;
static int own = 7;
const char text[] = "one, two";
int* const pointer_to_own = &own;
int* pointers[] = {&own, &initialised, &other_data[2], zeroed + 5, &shared_storage};
const char* const texts[] = {text, other_text, "literal", other_text + 3};
#ifdef WITHOUT_ABSENT
#define absent ((int (*)(int))0)
#define absent_data (*(int*)0)
#endif
int (*functions[])(int) = {other, absent};

__attribute__((weak)) int replaced(int value) { return value; }
static int local(int value) { return value * own + initialised; }
int (*local_pointer)(int) = local;

int branches(int value) {
  switch (value) {
    case 0: return other(1);
    case 1: return local(2);
    case 2: return replaced(3);
    case 3: return zeroed[value] + shared_storage;
    case 4: return texts[value & 3][0];
    case 5: return functions[0](value);
    default: return absent ? absent(value) : (int)(sizeof(long) + (&absent_data != 0));
  }
}
double floating(double value) { return value * 1.25 + 3.5e100; }
int _start(void) { return branches(other_data[1]) + (int)floating(other_data[3]) + (int)(long)pointer_to_own; }
