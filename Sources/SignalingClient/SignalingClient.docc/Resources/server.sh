git clone https://github.com/…/nt-backend-wrtc
cd nt-backend-wrtc
swift run -c release nt-backend-wrtc
