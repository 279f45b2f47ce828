/* The reference of the differential tester where that is no process of the host's own: a program of
 * Linux without a C library, which qemu-user runs. It reads batches of cases from its input, runs
 * each where the guest runs it, and writes the states afterwards to its output. tests/cpu/case.h
 * says what stands where; the numbers here are the same ones. */
typedef unsigned char Byte;
typedef unsigned int Word;
typedef unsigned long Long;
typedef unsigned long long Wide;

enum {
  kCode = 0x10000000,
  kState = 0x20000000,
  kData = 0x20010000,
  kCodeSize = 0x11000,
  kStateSize = 0x1000,
  kDataSize = 0x2000,
  kTail = kCode + 0x400,
  kFirstSlot = kCode + 0x1000,
  kSlotSize = 256,
  kBatch = 256,
  kWindow = 1024,
  kWindowStart = 0xc00,
  kRegistersSize = 0x340,
  kEntry = kState + 0x340,
  kReturn = kState + 0x348,
  kSavedStack = kState + 0x368
};

struct State {
  Byte registers[kRegistersSize];
  Byte memory[kWindow];
  Word trap, trap_at;
  Wide trap_address;
};

struct Header {
  Word count;
  Word thumb[kBatch / 32]; /* a bit for each case */
};

void* memcpy(void* to, const void* from, Long size) {
  for (Long i = 0; i < size; ++i) ((Byte*)to)[i] = ((const Byte*)from)[i];
  return to;
}

#if defined(__aarch64__)
enum { kRead = 63, kWrite = 64, kMap = 222, kAction = 134, kStack = 132, kExit = 94 };
static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b,
                x2 __asm__("x2") = c, x3 __asm__("x3") = d, x4 __asm__("x4") = e,
                x5 __asm__("x5") = f;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}
/* enter(head, saved, back) */
__asm__(
    ".text\n.globl enter\nenter:\n"
    "sub sp, sp, #176\n"
    "stp x19, x20, [sp]\nstp x21, x22, [sp, #16]\nstp x23, x24, [sp, #32]\n"
    "stp x25, x26, [sp, #48]\nstp x27, x28, [sp, #64]\nstp x29, x30, [sp, #80]\n"
    "stp d8, d9, [sp, #96]\nstp d10, d11, [sp, #112]\nstp d12, d13, [sp, #128]\n"
    "stp d14, d15, [sp, #144]\n"
    "mov x3, sp\nstr x3, [x1]\nstr x1, [sp, #160]\nadr x3, 1f\nstr x3, [x2]\nbr x0\n"
    "1:\nmovz x1, #0x2000, lsl #16\nldr x1, [x1, #0x368]\nmov sp, x1\nmsr fpcr, xzr\n"
    "ldp x19, x20, [sp]\nldp x21, x22, [sp, #16]\nldp x23, x24, [sp, #32]\n"
    "ldp x25, x26, [sp, #48]\nldp x27, x28, [sp, #64]\nldp x29, x30, [sp, #80]\n"
    "ldp d8, d9, [sp, #96]\nldp d10, d11, [sp, #112]\nldp d12, d13, [sp, #128]\n"
    "ldp d14, d15, [sp, #144]\nadd sp, sp, #176\nret\n"
    ".globl _start\n_start:\nmov x29, #0\nb serve\n");
enum { kPcInContext = 440, kAddressInInfo = 16 };
#elif defined(__arm__)
enum { kRead = 3, kWrite = 4, kMap = 192, kAction = 174, kStack = 186, kExit = 248 };
static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long r7 __asm__("r7") = number, r0 __asm__("r0") = a, r1 __asm__("r1") = b,
                r2 __asm__("r2") = c, r3 __asm__("r3") = d, r4 __asm__("r4") = e,
                r5 __asm__("r5") = f;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
                   : "memory");
  return r0;
}
__asm__(
    ".text\n.arm\n.globl enter\nenter:\n"
    "push {r4-r11, lr}\nvpush {d8-d15}\nstr sp, [r1]\nadr r3, 1f\nstr r3, [r2]\nbx r0\n"
    "1:\nmov r1, #0x20000000\nldr sp, [r1, #0x368]\nmov r0, #0\nvmsr fpscr, r0\n"
    "vpop {d8-d15}\npop {r4-r11, pc}\n"
    ".globl _start\n_start:\nmov r11, #0\nb serve\n");
enum { kPcInContext = 92, kAddressInInfo = 12 };
#else
enum { kRead = 3, kWrite = 4, kMap = 192, kAction = 174, kStack = 186, kExit = 252 };
long call(long number, long a, long b, long c, long d, long e, long f);
__asm__(
    ".text\n.globl call\ncall:\npush %ebp\npush %ebx\npush %esi\npush %edi\n"
    "mov 20(%esp), %eax\nmov 24(%esp), %ebx\nmov 28(%esp), %ecx\nmov 32(%esp), %edx\n"
    "mov 36(%esp), %esi\nmov 40(%esp), %edi\nmov 44(%esp), %ebp\nint $0x80\n"
    "pop %edi\npop %esi\npop %ebx\npop %ebp\nret\n"
    ".globl enter\nenter:\n"
    "mov 4(%esp), %eax\nmov 8(%esp), %ecx\nmov 12(%esp), %edx\n"
    "push %ebp\npush %ebx\npush %esi\npush %edi\nmov %esp, (%ecx)\n"
    "movl $1f, (%edx)\nmov %cs, %esi\nmov %esi, 4(%edx)\njmp *%eax\n"
    "1:\nmov 0x20000368, %esp\ncld\nfninit\n"
    "pop %edi\npop %esi\npop %ebx\npop %ebp\nret\n"
    ".globl _start\n_start:\nxor %ebp, %ebp\njmp serve\n");
enum { kPcInContext = 76, kAddressInInfo = 12 };
#endif

void enter(Long head, Long saved, Long back);

static Byte image[kCodeSize - 0x1000];
static struct State states[kBatch];
static struct Header header;
static struct State* running;
static Long slot;
static Byte signal_stack[1 << 16] __attribute__((aligned(16)));

static void leave(int status) {
  for (;;) call(kExit, status, 0, 0, 0, 0, 0);
}

static void transfer(int number, int file, void* data, Long size) {
  for (Byte* at = data; size > 0;) {
    const long done = call(number, file, (long)at, (long)size, 0, 0, 0);
    if (done <= 0) leave(done == 0 ? 0 : 4);
    at += done;
    size -= (Long)done;
  }
}

static Word trap_of(int signal) {
  switch (signal) {
    case 4:
      return 1;
    case 8:
      return 2;
    case 11:
      return 3;
    case 7:
      return 4;
    default:
      return 5;
  }
}

/* The state is as the faulting instruction left it: the tail stores it as after any other case. */
static void on_signal(int signal, Byte* info, Byte* context) {
  Long* pc = (Long*)(void*)(context + kPcInContext);
  if (running == 0) leave(3);
  running->trap = trap_of(signal);
  running->trap_at = (Word)(*pc - slot);
  running->trap_address = *(Long*)(void*)(info + kAddressInInfo);
  *pc = kTail;
#if defined(__arm__)
  pc[1] &= ~0x0600fc20ul; /* neither Thumb nor in an IT block */
#endif
}

static void map(Long address, Long size) {
  enum { kReadWriteExecute = 7, kPrivateFixedAnonymous = 0x32 };
  if ((Long)call(kMap, (long)address, (long)size, kReadWriteExecute, kPrivateFixedAnonymous, -1,
                 0) != address)
    leave(5);
}

static void catch_signals(void) {
  enum { kInfo = 4, kOnStack = 0x08000000 };
  static const int kSignals[] = {4, 5, 7, 8, 11};
  struct {
    void* place;
    int flags;
    Long size;
  } stack = {signal_stack, 0, sizeof signal_stack};
  struct {
    void (*handler)(int, Byte*, Byte*);
    Long flags;
    void* restorer;
    Word mask[2];
  } action = {on_signal, kInfo | kOnStack, 0, {0, 0}};
  call(kStack, (long)&stack, 0, 0, 0, 0, 0);
  for (Long i = 0; i < sizeof kSignals / sizeof *kSignals; ++i)
    call(kAction, kSignals[i], (long)&action, 0, 8, 0, 0);
}

static void run_case(Long number) {
  running = &states[number];
  slot = kFirstSlot + number * kSlotSize;
  memcpy((void*)kState, running->registers, kRegistersSize);
  memcpy((void*)(kData + kWindowStart), running->memory, kWindow);
  *(Wide*)kEntry = slot | (header.thumb[number / 32] >> number % 32 & 1);
  enter(kCode, kSavedStack, kReturn);
  memcpy(running->registers, (void*)kState, kRegistersSize);
  memcpy(running->memory, (void*)(kData + kWindowStart), kWindow);
  running = 0;
}

__attribute__((used)) void serve(void) {
  map(kCode, kCodeSize);
  map(kState, kStateSize);
  map(kData, kDataSize);
  catch_signals();
  transfer(kRead, 0, (void*)kCode, kFirstSlot - kCode);
  for (;;) {
    transfer(kRead, 0, &header, sizeof header);
    transfer(kRead, 0, image, header.count * kSlotSize);
    transfer(kRead, 0, states, header.count * sizeof *states);
    memcpy((void*)kFirstSlot, image, header.count * kSlotSize);
    for (Long i = 0; i < header.count; ++i) run_case(i);
    transfer(kWrite, 1, states, header.count * sizeof *states);
  }
}
