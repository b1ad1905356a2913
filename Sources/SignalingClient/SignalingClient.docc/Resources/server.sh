git clone https://git.example.org/nt-backend-wrtc
cd nt-backend-wrtc
swift run -c release nt-backend-wrtc
