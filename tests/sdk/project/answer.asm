; Ends with 42.
global start
start:
  mov ecx, 42
  call exit
