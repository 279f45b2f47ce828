#ifdef __cplusplus
extern "C" {
#endif
double total_area(void);
int corners(void);
#ifdef __cplusplus
}
#endif
